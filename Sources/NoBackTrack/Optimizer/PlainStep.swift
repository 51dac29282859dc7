import RealModule

/// θ ← θ − η_t g with η_t = η / (1 + decay √t): a plain gradient step. With η = 0 parameters stay fixed, which
/// is where estimators are exactly unbiased.
package struct PlainStep<Scalar: LearnerScalar>: Optimizer {
    private let stepSize: Scalar
    private let decay: Scalar
    private var counts: [UInt64]

    /// An optimizer that has taken no step.
    ///
    /// - Parameters:
    ///   - stepSize: η ≥ 0.
    ///   - decay: how fast the step shrinks with the square root of the number of steps, ≥ 0.
    package init(unitCount: Int, stepSize: Scalar, decay: Scalar = 0) {
        self.stepSize = stepSize
        self.decay = decay
        counts = Array(repeating: 0, count: unitCount)
    }

    package mutating func update(unit: Int, gradient: [Scalar], parameters: inout [Scalar]) {
        guard isUsable(gradient) else { return }
        counts[unit] += 1
        let step = stepSize / (1 + decay * Scalar.sqrt(Scalar(counts[unit])))
        addScaled(
            gradient, by: -step, to: &parameters, at: unit * gradient.count, count: gradient.count)
    }

    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        try coder.exchange("metric.count", shape: [counts.count], &counts)
    }
}
