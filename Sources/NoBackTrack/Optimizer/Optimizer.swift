/// Turns loss gradients into parameter steps, a few units at a time, so that their gradients never have to
/// leave the cache between being estimated and being used.
package protocol Optimizer<Scalar>: Sendable {
    /// The number type of the parameters.
    associatedtype Scalar: LearnerScalar

    /// Whether gradients are to be followed by the rows of the loss's curvature (equation (16), full form).
    var usesCurvature: Bool { get }
    /// Whether ``product(_:from:_:from:unit:count:)`` is that of a metric of its own, in which scalings ρ are to be
    /// taken (equations (19), (20)).
    var hasMetric: Bool { get }

    /// Units, each with as many parameters.
    var unitCount: Int { get }

    /// Steps the parameters of some units.
    ///
    /// - Parameters:
    ///   - units: which units.
    ///   - gradients: for each of them, one after the other, `rowCount` rows as long as its parameters: ∂ℓ/∂θ, and,
    ///     where ``usesCurvature`` asks for them and the estimator can give them, rows C_q G̃ whose outer products add
    ///     up to the expected curvature of the loss. They are used up: on return they may hold anything.
    ///   - parameters: all P parameters, of which only the units' may change.
    mutating func update(
        units: Range<Int>, gradients: inout [Scalar], rowCount: Int, parameters: inout [Scalar])

    /// Gives what a kernel needs to take the step of some units, and counts it as taken by those it says have.
    ///
    /// - Returns: what `body` returns: whether the step was taken; false and nothing done when no kernel can take it.
    mutating func withKernelStep(
        units: Range<Int>, parameters: inout [Scalar], _ body: (KernelStep<Scalar>) -> Bool
    ) -> Bool

    /// Square sums in the metric J⁻¹, up to a factor that all units have in common, of vectors over one unit's
    /// parameters: of those of `a` at some places into `out`, from its start, and of `b`; Euclidean unless the optimizer
    /// has a metric.
    ///
    /// - Returns: that of `b`, parametersPerUnit numbers from its start.
    func squaredNorms(
        unit: Int, _ a: [Scalar], _ places: VectorPlaces, _ b: [Scalar], count: Int, into out: inout [Scalar]
    ) -> Scalar

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

    /// Square sum of a unit's gradients from which on they are not believed: where a network is locally so unstable
    /// that its gradient overflows, the next few steps are better not taken.
    static var smallestUnusable: Scalar { Scalar(1e18) }

    /// Checks what ``update(units:gradients:rowCount:parameters:)`` is given.
    ///
    /// - Returns: parameters of a unit.
    func check(_ units: Range<Int>, _ gradients: [Scalar], rowCount: Int, _ parameters: [Scalar]) -> Int {
        precondition(units.lowerBound >= 0 && units.upperBound <= unitCount && rowCount >= 1)
        precondition(parameters.count % unitCount == 0)
        let count = parameters.count / unitCount
        precondition(gradients.count >= units.count * rowCount * count)
        return count
    }

    package mutating func update(
        units: Range<Int>, gradients: inout [Scalar], rowCount: Int, parameters: inout [Scalar]
    ) {
        _ = stepByKernel(units: units, gradients: &gradients, rowCount: rowCount, parameters: &parameters)
    }

    /// ``update(units:gradients:rowCount:parameters:)`` where a kernel can take the step.
    ///
    /// - Returns: whether it was taken.
    mutating func stepByKernel(
        units: Range<Int>, gradients: inout [Scalar], rowCount: Int, parameters: inout [Scalar]
    ) -> Bool {
        let count = check(units, gradients, rowCount: rowCount, parameters)
        return withKernelStep(units: units, parameters: &parameters) { step in
            gradients.withUnsafeMutableBufferPointer { g in
                guard let g = g.baseAddress else { return }
                Scalar.Kernels.stepRows(step, gradient: g, units: units, rowCount: rowCount, count: count)
            }
            return true
        }
    }

    package mutating func withKernelStep(
        units: Range<Int>, parameters: inout [Scalar], _ body: (KernelStep<Scalar>) -> Bool
    ) -> Bool {
        false
    }

    /// Steps one unit's parameters.
    ///
    /// - Parameter gradient: its rows.
    package mutating func update(unit: Int, gradient: [Scalar], parameters: inout [Scalar]) {
        var gradient = gradient
        update(
            units: unit..<unit + 1, gradients: &gradient,
            rowCount: gradient.count * unitCount / parameters.count, parameters: &parameters)
    }

    package func squaredNorms(
        unit: Int, _ a: [Scalar], _ places: VectorPlaces, _ b: [Scalar], count: Int, into out: inout [Scalar]
    ) -> Scalar {
        for place in 0..<places.count {
            let start = places.start + place * places.stride
            out[place] = product(a, from: start, a, from: start, unit: unit, count: count)
        }
        return product(b, from: 0, b, from: 0, unit: unit, count: count)
    }

    package func product(
        _ a: [Scalar], from aStart: Int, _ b: [Scalar], from bStart: Int, unit: Int, count: Int
    ) -> Scalar {
        dot(a, from: aStart, b, at: bStart, count: count)
    }
}
