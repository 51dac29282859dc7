/// The recurrent network h(t) = F(h(t−1), x(t); θ) that an estimator differentiates.
///
/// The parameters lie unit by unit: unit i owns `parametersPerUnit` consecutive ones from
/// i · parametersPerUnit, and only the states of unit i depend on them directly. This is what keeps
/// NoBackTrack's cost linear (equation (5)). The parameters live outside the cell, so that several states
/// can share them.
package protocol Cell<Scalar>: Sendable {
    /// The number type of state and parameters.
    associatedtype Scalar
    /// What one step leaves behind for the estimator.
    associatedtype Linearization: CellLinearization<Scalar>

    /// Entries of the state, n.
    var stateCount: Int { get }
    /// The entries of the state that are the network's output, which a readout may see.
    var readoutStates: Range<Int> { get }
    /// Numbers the cell is fed a sample, m.
    var inputCount: Int { get }
    /// Units, each with its own parameters.
    var unitCount: Int { get }
    /// Parameters of each unit; P = unitCount · parametersPerUnit.
    var parametersPerUnit: Int { get }

    /// The rows that a unit's parameters fall into, in order: each is multiplied with a vector that ends or
    /// begins with the constant 1 of its bias. A quasi-diagonal metric keeps what a weight has in common with it.
    var parameterRows: [ParameterRow] { get }

    /// Parameters to start from, P of them, decided by the generator alone.
    func initialParameters(_ generator: Philox) -> [Scalar]
    /// A linearization of a step that has not been taken: ∂F/∂θ = 0.
    func makeLinearization() -> Linearization

    /// Advances the state by one sample.
    ///
    /// - Parameters:
    ///   - state: h(t−1) on entry, h(t) on return; stateCount.
    ///   - input: x(t); inputCount.
    ///   - parameters: θ; P.
    ///   - linearization: receives A(t) and ∂F/∂θ at this step.
    func advance(
        state: inout [Scalar], input: [Scalar], parameters: [Scalar], linearization: inout Linearization)
}

extension Cell {
    /// P, all parameters.
    package var parameterCount: Int { unitCount * parametersPerUnit }
}

/// A part of a unit's parameters that has one bias.
package struct ParameterRow: Sendable, Equatable {
    /// Where among the unit's parameters the row is.
    package var range: Range<Int>
    /// Where among the unit's parameters its bias is, inside the range.
    package var bias: Int

    /// A row.
    package init(range: Range<Int>, bias: Int) {
        precondition(range.contains(bias))
        self.range = range
        self.bias = bias
    }
}

/// The derivatives of one step: A(t) = ∂h(t)/∂h(t−1) and the sparse rows w_k = ∂h_k(t)/∂θ of
/// equation (13). It stands until the parameters change, for it may use them in the place of a copy.
package protocol CellLinearization<Scalar>: Sendable {
    /// The number type of state and parameters.
    associatedtype Scalar: LearnerScalar

    /// The states that depend directly on the unit's parameters.
    func states(ofUnit unit: Int) -> StrideTo<Int>
    /// out ← A v.
    ///
    /// - Parameters:
    ///   - v: holds the operand, stateCount numbers, from `start`.
    ///   - units: the units whose states v is not zero at; what is outside need not be read.
    ///   - out: stateCount.
    ///   - parameters: those that the step was taken with; P.
    func multiplyStateJacobian(
        _ v: [Scalar], from start: Int, units: Range<Int>, into out: inout [Scalar], parameters: [Scalar])
    /// out ← Aᵀ v; as ``multiplyStateJacobian(_:from:units:into:parameters:)`` otherwise, of a whole vector.
    func multiplyTransposedStateJacobian(
        _ v: [Scalar], from start: Int, into out: inout [Scalar], parameters: [Scalar])
    /// One entry of A, the derivative of a state by an earlier one.
    func stateJacobianEntry(row: Int, column: Int, parameters: [Scalar]) -> Scalar
    /// out_i ← Σ_k weights_k A_ki², the squared norm of A e_i in a diagonal metric; stateCount.
    func stateJacobianColumnSquaredNorms(
        weights: [Scalar], into out: inout [Scalar], parameters: [Scalar])
    /// row ← row + s w_k, where row is the part of `rows` from `start` that stands for the parameters of
    /// the unit that state k belongs to, outside of which w_k is zero.
    func addParameterDerivative(
        ofState k: Int, scaledBy s: Scalar, to rows: inout [Scalar], from start: Int)
    /// ‖w_k‖².
    func parameterDerivativeSquaredNorm(ofState k: Int) -> Scalar
    /// Saves or restores what the derivatives ∂F/∂θ need.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    mutating func exchange(with coder: inout StateCoder, prefix: String) throws(StateError)
}
