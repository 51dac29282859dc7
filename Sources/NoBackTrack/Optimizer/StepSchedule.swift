import RealModule

/// Step sizes that shrink with the square root of time, η_t = η / (1 + decay √t): what every optimizer that has
/// no forgetting of its own is scheduled by.
package struct StepSchedule<Scalar: LearnerScalar>: Sendable, Equatable {
    /// η ≥ 0.
    package var stepSize: Scalar
    /// How fast the step shrinks, ≥ 0; 0: not at all.
    package var decay: Scalar

    /// A schedule.
    package init(stepSize: Scalar, decay: Scalar = 0) {
        self.stepSize = stepSize
        self.decay = decay
    }

    /// η_t of the t-th step, t ≥ 1.
    package func size(atStep t: Scalar) -> Scalar { stepSize / (1 + decay * Scalar.sqrt(t)) }
}
