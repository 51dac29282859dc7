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

    /// The states that depend directly on the unit's parameters: unit, unit + unitCount, …
    func states(ofUnit unit: Int) -> StrideTo<Int>
    /// out_q ← A v_q for every one of some vectors, in one pass over A.
    ///
    /// - Parameters:
    ///   - v: holds the operands, stateCount numbers each.
    ///   - units: the units whose states count; the others' are taken as zero.
    ///   - out: receives the products, stateCount numbers each.
    ///   - parameters: those that the step was taken with; P.
    func multiplyStateJacobian(
        _ v: [Scalar], _ vPlaces: VectorPlaces, units: Range<Int>, into out: inout [Scalar],
        _ outPlaces: VectorPlaces, parameters: [Scalar])
    /// out ← Aᵀ v for one whole vector, stateCount numbers from `start`.
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
    /// ‖w_k‖² of every state.
    func parameterDerivativeSquaredNorms(into out: inout [Scalar])
    /// Equations (12) and (15) for a range of units: w̄ ← ε_0 w̄ / ρ_0 + Σ ε_k w_k / ρ_k with the rows w_k of the step
    /// before, then the units' gradients δᵀG̃ and rows C G̃ with this step's.
    ///
    /// - Parameters:
    ///   - previous: the step before.
    ///   - coefficients: rank × (groups + stateCount): ε_0 / ρ_0 of every group, then ε_k / ρ_k.
    ///   - projections: rows × rank × groups: δᵀv̄ over the rank, and the same for the rows of C.
    ///   - delta: δ and the rows of C; rows × stateCount.
    ///   - factor: w̄; rank × P.
    ///   - gradient: receives for every unit of the range rowCount rows of its parameters.
    ///   - squaredNorms: receives ‖w̄‖² of every pair and unit, as ``unitSquaredNorm(_:from:shape:)`` has it.
    ///   - step: what an optimizer would have a kernel do with the gradients, if it can be done on the way.
    /// - Returns: whether it was done.
    func reduceRows(
        after previous: Self, units: Range<Int>, shape: FactorShape, coefficients: [Scalar],
        projections: [Scalar], delta: [Scalar], factor: inout [Scalar], gradient: inout [Scalar],
        squaredNorms: inout [Scalar], step: KernelStep<Scalar>?
    ) -> Bool
    /// ‖w̄‖² of one pair and unit, whose numbers begin at `start`: to the bit what ``reduceRows`` left.
    func unitSquaredNorm(_ factor: [Scalar], from start: Int, shape: FactorShape) -> Scalar
    /// Saves or restores what the derivatives ∂F/∂θ need.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    mutating func exchange(with coder: inout StateCoder, prefix: String) throws(StateError)
}

/// How many factors there are of what size.
package struct FactorShape: Sendable {
    /// Units of the network.
    package var unitCount: Int
    /// States, n.
    package var stateCount: Int
    /// Parameters of each unit.
    package var parametersPerUnit: Int
    /// r.
    package var rank: Int
    /// g.
    package var groupCount: Int
    /// Rows of δ and C; 0: there is no loss.
    package var rowCount: Int
    /// The group of every unit.
    package var group: [Int32]
}

extension CellLinearization {
    /// out ← A v for one vector, stateCount numbers from `start`.
    package func multiplyStateJacobian(
        _ v: [Scalar], from start: Int, units: Range<Int>, into out: inout [Scalar], parameters: [Scalar]
    ) {
        multiplyStateJacobian(
            v, VectorPlaces(start: start), units: units, into: &out, VectorPlaces(), parameters: parameters)
    }

    package func parameterDerivativeSquaredNorms(into out: inout [Scalar]) {
        for k in out.indices { out[k] = parameterDerivativeSquaredNorm(ofState: k) }
    }

    package func unitSquaredNorm(_ factor: [Scalar], from start: Int, shape: FactorShape) -> Scalar {
        squaredNorm(factor, from: start, count: shape.parametersPerUnit)
    }

    package func reduceRows(
        after previous: Self, units: Range<Int>, shape: FactorShape, coefficients: [Scalar],
        projections: [Scalar], delta: [Scalar], factor: inout [Scalar], gradient: inout [Scalar],
        squaredNorms: inout [Scalar], step: KernelStep<Scalar>?
    ) -> Bool {
        let (n, c, g) = (shape.stateCount, shape.parametersPerUnit, shape.groupCount)
        for unit in units {
            let first = (unit - units.lowerBound) * shape.rowCount * c
            for p in first..<first + shape.rowCount * c { gradient[p] = 0 }
            let group = Int(shape.group[unit])
            for member in 0..<shape.rank {
                let base = member * (g + n)
                let start = (member * shape.unitCount + unit) * c
                scale(&factor, from: start, count: c, by: coefficients[base + group])
                for k in states(ofUnit: unit) {
                    previous.addParameterDerivative(
                        ofState: k, scaledBy: coefficients[base + g + k], to: &factor, from: start)  // (12)
                }
                squaredNorms[member * shape.unitCount + unit] = unitSquaredNorm(
                    factor, from: start, shape: shape)
                for row in 0..<shape.rowCount {
                    let projection = projections[(row * shape.rank + member) * g + group]
                    addScaled(  // (15)
                        factor, from: start, by: projection, to: &gradient, at: first + row * c, count: c)
                }
            }
            for k in states(ofUnit: unit) {
                for row in 0..<shape.rowCount {
                    addParameterDerivative(
                        ofState: k, scaledBy: delta[row * n + k], to: &gradient, from: first + row * c)
                }
            }
        }
        return false
    }
}
