// Adam: Kingma & Ba, "Adam: a method for stochastic optimization", arXiv 1412.6980.
//
//   symbol   name           shape
//   g        gradient       P
//   m        mean           P     m ← β1 m + (1 - β1) g
//   s        meanSquare     P     s ← β2 s + (1 - β2) g²
//   θ                       P     θ ← θ - η_t (m / (1 - β1ᵗ)) / (sqrt(s / (1 - β2ᵗ)) + ε)
//   η_t                     1     η / (1 + decay √t)

import CNoBackTrackKernels
import RealModule

/// Steps of one size for all parameters, signs and trust taken from the gradient's running moments.
package struct AdamStep<Scalar: LearnerScalar>: Optimizer {
    private static var firstDecay: Scalar { 0.9 }
    private static var secondDecay: Scalar { 0.999 }
    private static var smallest: Scalar { 1e-8 }

    private let schedule: StepSchedule<Scalar>
    package let unitCount: Int
    private let parametersPerUnit: Int
    private var mean: [Scalar]
    private var meanSquare: [Scalar]
    private var counts: StepCounts<Scalar>

    /// An optimizer that has seen no gradient.
    package init(unitCount: Int, parametersPerUnit: Int, schedule: StepSchedule<Scalar>) {
        self.schedule = schedule
        self.unitCount = unitCount
        self.parametersPerUnit = parametersPerUnit
        mean = Array(repeating: 0, count: unitCount * parametersPerUnit)
        meanSquare = mean
        counts = StepCounts(unitCount: unitCount, figureCount: 2)
    }

    package mutating func withKernelStep(
        units: Range<Int>, parameters: inout [Scalar], _ body: (KernelStep<Scalar>) -> Bool
    ) -> Bool {
        let (schedule, total) = (schedule, unitCount)
        counts.prepare(units) { t, figures in
            figures[0] = schedule.size(atStep: t) / (1 - Scalar.pow(Self.firstDecay, t))
            figures[1] = 1 / (1 - Scalar.pow(Self.secondDecay, t))
        }
        let isTaken = mean.withUnsafeMutableBufferPointer { m in
            meanSquare.withUnsafeMutableBufferPointer { s in
                parameters.withUnsafeMutableBufferPointer { θ in
                    counts.withFigures { figures, used in
                        guard let θ = θ.baseAddress else { return false }
                        return body(
                            KernelStep(
                                kind: NBT_ADAM, usable: Self.smallestUnusable,
                                firstRate: 1 - Self.firstDecay, secondRate: 1 - Self.secondDecay,
                                damping: Self.smallest, sizes: figures, corrections: figures + total,
                                first: m.baseAddress, second: s.baseAddress, parameters: θ, used: used))
                    }
                }
            }
        }
        if isTaken { counts.advance(units) }
        return isTaken
    }

    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        let shape = [unitCount, parametersPerUnit]
        try coder.exchange("metric.mean", shape: shape, &mean)
        try coder.exchange("metric.j", shape: shape, &meanSquare)
        try counts.exchange(with: &coder)
    }
}
