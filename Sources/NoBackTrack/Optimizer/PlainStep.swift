/// θ ← θ − η g: a plain gradient step of fixed size. With η = 0 parameters stay fixed, which is where
/// estimators are exactly unbiased.
package struct PlainStep<Scalar: LearnerScalar>: Optimizer {
    private let stepSize: Scalar

    /// - Parameter stepSize: η ≥ 0.
    package init(stepSize: Scalar) {
        self.stepSize = stepSize
    }

    package mutating func update(unit: Int, gradient: [Scalar], parameters: inout [Scalar]) {
        addScaled(
            gradient, by: -stepSize, to: &parameters, at: unit * gradient.count,
            count: gradient.count)
    }

    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {}
}
