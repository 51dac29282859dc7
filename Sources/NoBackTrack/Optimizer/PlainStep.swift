import CNoBackTrackKernels

/// θ ← θ − η_t g: a plain gradient step. With η = 0 parameters stay fixed, which is where estimators are exactly
/// unbiased.
package struct PlainStep<Scalar: LearnerScalar>: Optimizer {
    private let schedule: StepSchedule<Scalar>
    package let unitCount: Int
    private var counts: StepCounts<Scalar>

    /// An optimizer that has taken no step.
    package init(unitCount: Int, schedule: StepSchedule<Scalar>) {
        self.schedule = schedule
        self.unitCount = unitCount
        counts = StepCounts(unitCount: unitCount, figureCount: 1)
    }

    package mutating func withKernelStep(
        units: Range<Int>, parameters: inout [Scalar], _ body: (KernelStep<Scalar>) -> Bool
    ) -> Bool {
        let schedule = schedule
        counts.prepare(units) { t, figures in figures.pointee = schedule.size(atStep: t) }
        let isTaken = parameters.withUnsafeMutableBufferPointer { θ in
            counts.withFigures { figures, used in
                guard let θ = θ.baseAddress else { return false }
                return body(
                    KernelStep(
                        kind: NBT_PLAIN, usable: Self.smallestUnusable, sizes: figures, parameters: θ,
                        used: used))
            }
        }
        if isTaken { counts.advance(units) }
        return isTaken
    }

    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        try counts.exchange(with: &coder)
    }
}
