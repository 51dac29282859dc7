// A step scaled, unit by unit, by how much of the gradient is signal.
//
//   symbol   name           shape
//   g        gradient       P
//   m        mean           P     m ← (1 - γ) m + γ g
//   s        meanSquare     P     s ← (1 - γ) s + γ g²
//   γ        rate           1
//   snr_i    -              n     max(0, mean over the unit's parameters of m²/s, less γ)
//   θ                       P     θ ← θ - η snr_i g / (s + damping)
//
// A mean over about 1/γ gradients that are pure noise has m²/s near γ: subtracting γ makes the step of a
// unit that has nothing to learn vanish, so the readout does not chase moving features.

/// Steps whose size is the gradient's signal-to-noise ratio.
package struct SignalToNoiseStep<Scalar: LearnerScalar>: Optimizer {
    private let stepSize: Scalar
    private let rate: Scalar
    private let damping: Scalar
    private let largestChange: Scalar
    private let unitCount: Int
    private let parametersPerUnit: Int
    private var mean: [Scalar]
    private var meanSquare: [Scalar]

    /// An optimizer that has seen no gradient.
    ///
    /// - Parameters:
    ///   - stepSize: η ≥ 0.
    ///   - rate: γ in (0, 1).
    ///   - damping: added to the mean square; > 0, in squared units of the gradient.
    ///   - largestChange: no parameter moves further than this in one step.
    package init(
        unitCount: Int, parametersPerUnit: Int, stepSize: Scalar, rate: Scalar = 1e-3,
        damping: Scalar = 1e-2, largestChange: Scalar = 0.05
    ) {
        self.stepSize = stepSize
        self.rate = rate
        self.damping = damping
        self.largestChange = largestChange
        self.unitCount = unitCount
        self.parametersPerUnit = parametersPerUnit
        mean = Array(repeating: 0, count: unitCount * parametersPerUnit)
        meanSquare = Array(repeating: 0, count: unitCount * parametersPerUnit)
    }

    package mutating func update(unit: Int, gradient: [Scalar], parameters: inout [Scalar]) {
        guard isUsable(gradient) else { return }
        let signalToNoise = observe(unit: unit, gradient: gradient)
        guard signalToNoise > 0 else { return }
        let start = unit * parametersPerUnit
        let scale = stepSize * signalToNoise
        let g = gradient.span
        let s = meanSquare.span
        var θ = parameters.mutableSpan
        for j in 0..<parametersPerUnit {
            let change = scale * g[unchecked: j] / (s[unchecked: start &+ j] + damping)
            θ[unchecked: start &+ j] -= min(max(change, -largestChange), largestChange)
        }
    }

    /// Takes a unit's gradient into m and s and gives the unit's ratio snr_i, less than or equal to 0 when
    /// there is nothing but noise.
    private mutating func observe(unit: Int, gradient: [Scalar]) -> Scalar {
        let count = parametersPerUnit
        let start = unit * count
        precondition(gradient.count == count && start + count <= mean.count)
        var ratio = Scalar.zero
        for j in 0..<count {
            let g = gradient[j]
            let m = mean[start + j] + rate * (g - mean[start + j])
            let s = meanSquare[start + j] + rate * (g * g - meanSquare[start + j])
            mean[start + j] = m
            meanSquare[start + j] = s
            if s > 0 { ratio += m * m / s }
        }
        return ratio / Scalar(count) - rate
    }

    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        let shape = [unitCount, parametersPerUnit]
        try coder.exchange("metric.mean", shape: shape, &mean)
        try coder.exchange("metric.j", shape: shape, &meanSquare)
    }
}
