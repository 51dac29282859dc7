// Adam: Kingma & Ba, "Adam: a method for stochastic optimization", arXiv 1412.6980.
//
//   symbol   name           shape
//   g        gradient       P
//   m        mean           P     m ← β1 m + (1 - β1) g
//   s        meanSquare     P     s ← β2 s + (1 - β2) g²
//   θ                       P     θ ← θ - η_t (m / (1 - β1ᵗ)) / (sqrt(s / (1 - β2ᵗ)) + ε)
//   η_t                     1     η / (1 + decay √t)

import RealModule

/// Steps of one size for all parameters, signs and trust taken from the gradient's running moments.
package struct AdamStep<Scalar: LearnerScalar>: Optimizer {
    private static var firstDecay: Scalar { 0.9 }
    private static var secondDecay: Scalar { 0.999 }
    private static var smallest: Scalar { 1e-8 }

    private let schedule: StepSchedule<Scalar>
    private let unitCount: Int
    private let parametersPerUnit: Int
    private var mean: [Scalar]
    private var meanSquare: [Scalar]
    private var counts: [UInt64]

    /// An optimizer that has seen no gradient.
    package init(unitCount: Int, parametersPerUnit: Int, schedule: StepSchedule<Scalar>) {
        self.schedule = schedule
        self.unitCount = unitCount
        self.parametersPerUnit = parametersPerUnit
        mean = Array(repeating: 0, count: unitCount * parametersPerUnit)
        meanSquare = mean
        counts = Array(repeating: 0, count: unitCount)
    }

    package mutating func update(unit: Int, gradient: [Scalar], parameters: inout [Scalar]) {
        guard isUsable(gradient) else { return }
        let count = parametersPerUnit
        let start = unit * count
        precondition(gradient.count == count && start + count <= mean.count)
        counts[unit] += 1
        let t = Scalar(counts[unit])
        let first = 1 - Scalar.pow(Self.firstDecay, t)
        let second = 1 - Scalar.pow(Self.secondDecay, t)
        let step = schedule.size(atStep: t) / first
        Self.move(
            &parameters, mean: &mean, meanSquare: &meanSquare, from: start, gradient: gradient, count: count,
            step: step, second: second)
    }

    /// The loop over one unit's parameters, each array's from `start`.
    @inline(__always)
    private static func move(
        _ parameters: inout [Scalar], mean: inout [Scalar], meanSquare: inout [Scalar], from start: Int,
        gradient: [Scalar], count: Int, step: Scalar, second: Scalar
    ) {
        precondition(start >= 0 && count >= 0 && count <= gradient.count)
        precondition(start + count <= min(parameters.count, mean.count, meanSquare.count))
        let gradient = gradient.span
        var m = mean.mutableSpan
        var s = meanSquare.mutableSpan
        var θ = parameters.mutableSpan
        for j in 0..<count {
            let g = gradient[unchecked: j]
            let m_j = m[unchecked: start &+ j] + (1 - firstDecay) * (g - m[unchecked: start &+ j])
            let s_j = s[unchecked: start &+ j] + (1 - secondDecay) * (g * g - s[unchecked: start &+ j])
            m[unchecked: start &+ j] = m_j
            s[unchecked: start &+ j] = s_j
            θ[unchecked: start &+ j] -= step * m_j / ((s_j / second).squareRoot() + smallest)
        }
    }

    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        let shape = [unitCount, parametersPerUnit]
        try coder.exchange("metric.mean", shape: shape, &mean)
        try coder.exchange("metric.j", shape: shape, &meanSquare)
        try coder.exchange("metric.count", shape: [unitCount], &counts)
    }
}
