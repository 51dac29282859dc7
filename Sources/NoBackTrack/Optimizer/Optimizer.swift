/// Turns loss gradients into parameter steps, a unit at a time, so that a unit's gradient never has to
/// leave the cache between being estimated and being used.
package protocol Optimizer<Scalar>: Sendable {
    /// The number type of the parameters.
    associatedtype Scalar: LearnerScalar

    /// Steps one unit's parameters.
    ///
    /// - Parameters:
    ///   - unit: which unit.
    ///   - gradient: ∂ℓ/∂θ of the unit's parameters, parametersPerUnit numbers.
    ///   - parameters: all P parameters, of which only the unit's may change.
    mutating func update(unit: Int, gradient: [Scalar], parameters: inout [Scalar])

    /// ‖w‖², in the metric that scalings ρ are taken in, of a vector over one unit's parameters.
    /// Euclidean unless the optimizer keeps a metric of its own (equation (20)).
    ///
    /// - Parameters:
    ///   - rows: holds the vector from `start`.
    ///   - count: parametersPerUnit.
    func squaredNorm(_ rows: [Scalar], from start: Int, count: Int, unit: Int) -> Scalar

    /// Saves or restores everything that later steps depend on.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    mutating func exchange(with coder: inout StateCoder) throws(StateError)
}

extension Optimizer {
    /// Whether a unit's gradient is small enough to be believed: where a network is locally so unstable that
    /// its gradient overflows, the next few steps are better not taken.
    func isUsable(_ gradient: [Scalar]) -> Bool {
        NoBackTrack.squaredNorm(gradient, count: gradient.count) < Scalar(1e18)
    }

    package func squaredNorm(_ rows: [Scalar], from start: Int, count: Int, unit: Int) -> Scalar {
        NoBackTrack.squaredNorm(rows, from: start, count: count)
    }
}
