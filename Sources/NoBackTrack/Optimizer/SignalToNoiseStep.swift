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

import CNoBackTrackKernels

/// Steps whose size is the gradient's signal-to-noise ratio.
package struct SignalToNoiseStep<Scalar: LearnerScalar>: Optimizer {
    private let stepSize: Scalar
    private let rate: Scalar
    private let damping: Scalar
    private let largestChange: Scalar
    package let unitCount: Int
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

    package mutating func withKernelStep(
        units: Range<Int>, parameters: inout [Scalar], _ body: (KernelStep<Scalar>) -> Bool
    ) -> Bool {
        let (rate, damping, stepSize, largestChange) = (rate, damping, stepSize, largestChange)
        return mean.withUnsafeMutableBufferPointer { m in
            meanSquare.withUnsafeMutableBufferPointer { s in
                parameters.withUnsafeMutableBufferPointer { θ in
                    guard let θ = θ.baseAddress else { return false }
                    return body(
                        KernelStep(
                            kind: NBT_SIGNAL_TO_NOISE, usable: Self.smallestUnusable, firstRate: rate,
                            secondRate: rate, damping: damping, size: stepSize, largestChange: largestChange,
                            first: m.baseAddress, second: s.baseAddress, parameters: θ))
                }
            }
        }
    }

    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        let shape = [unitCount, parametersPerUnit]
        try coder.exchange("metric.mean", shape: shape, &mean)
        try coder.exchange("metric.j", shape: shape, &meanSquare)
    }
}
