/// Turns loss gradients into parameter steps, a unit at a time, so that a unit's gradient never has to
/// leave the cache between being estimated and being used.
package protocol Optimizer<Scalar>: Sendable {
    /// The number type of the parameters.
    associatedtype Scalar: LearnerScalar

    /// Whether gradients are to be followed by the rows of the loss's curvature (equation (16), full form).
    var usesCurvature: Bool { get }
    /// Whether ``product(_:from:_:from:unit:count:)`` is that of a metric of its own, in which scalings ρ are to be
    /// taken (equations (19), (20)).
    var hasMetric: Bool { get }

    /// Steps one unit's parameters.
    ///
    /// - Parameters:
    ///   - unit: which unit.
    ///   - gradient: ∂ℓ/∂θ of the unit's parameters, parametersPerUnit numbers. Where ``usesCurvature`` asks for
    ///     them and the estimator can give them, rows C_q G̃ of the same length follow, whose outer products add up
    ///     to the expected curvature of the loss.
    ///   - parameters: all P parameters, of which only the unit's may change.
    mutating func update(unit: Int, gradient: [Scalar], parameters: inout [Scalar])

    /// aᵀ J⁻¹ b of two vectors over one unit's parameters, up to a factor that all units have in common; aᵀ b unless the
    /// optimizer has a metric J.
    ///
    /// - Parameters:
    ///   - a: holds the first from `aStart`; parametersPerUnit numbers.
    ///   - b: holds the second from `bStart`.
    func product(_ a: [Scalar], from aStart: Int, _ b: [Scalar], from bStart: Int, unit: Int, count: Int)
        -> Scalar

    /// Saves or restores everything that later steps depend on.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    mutating func exchange(with coder: inout StateCoder) throws(StateError)
}

extension Optimizer {
    package var usesCurvature: Bool { false }
    package var hasMetric: Bool { false }

    /// Whether a unit's gradient is small enough to be believed: where a network is locally so unstable that
    /// its gradient overflows, the next few steps are better not taken.
    func isUsable(_ gradient: [Scalar]) -> Bool {
        NoBackTrack.squaredNorm(gradient, count: gradient.count) < Scalar(1e18)
    }

    package func product(
        _ a: [Scalar], from aStart: Int, _ b: [Scalar], from bStart: Int, unit: Int, count: Int
    ) -> Scalar {
        dot(a, from: aStart, b, at: bStart, count: count)
    }
}
