/// θ ← θ − η_t g: a plain gradient step. With η = 0 parameters stay fixed, which is where estimators are exactly
/// unbiased.
package struct PlainStep<Scalar: LearnerScalar>: Optimizer {
    private let schedule: StepSchedule<Scalar>
    private var counts: [UInt64]

    /// An optimizer that has taken no step.
    package init(unitCount: Int, schedule: StepSchedule<Scalar>) {
        self.schedule = schedule
        counts = Array(repeating: 0, count: unitCount)
    }

    package mutating func update(unit: Int, gradient: [Scalar], parameters: inout [Scalar]) {
        guard isUsable(gradient) else { return }
        counts[unit] += 1
        addScaled(
            gradient, by: -schedule.size(atStep: Scalar(counts[unit])), to: &parameters,
            at: unit * gradient.count, count: gradient.count)
    }

    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        try coder.exchange("metric.count", shape: [counts.count], &counts)
    }
}
