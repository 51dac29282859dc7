/// Carries ∂h/∂θ, or an estimate of it, forward through time and hands the loss gradient to an optimizer.
///
/// A step of the whole is: the cell advances the state and leaves its linearization; the readout gives
/// δ = ∂ℓ/∂h; the estimator takes both, makes its estimate G̃(t) of ∂h(t)/∂θ, and gives δᵀG̃ to the
/// optimizer unit by unit (equation (15)). It never knows which cell it has.
package protocol Estimator: Sendable {
    /// The network whose gradient is estimated.
    associatedtype Network: Cell

    /// Takes one step.
    ///
    /// - Parameters:
    ///   - linearization: of the step just taken with `parameters`. On return it may hold another one: its room is
    ///     the next step's.
    ///   - delta: δ, one number per state; empty when there is no loss at this step, in which case the
    ///     parameters stay but the estimate still advances. Rows of C, stateCount numbers each, may follow, with
    ///     CᵀC the expected curvature of the loss by h: they are carried over to the parameters as δ is.
    ///   - parameters: θ; changed by the optimizer.
    ///   - optimizer: receives each unit's gradient.
    mutating func step<Step: Optimizer>(
        linearization: inout Network.Linearization, delta: [Network.Scalar],
        parameters: inout [Network.Scalar], optimizer: inout Step
    ) where Step.Scalar == Network.Scalar

    /// The estimate G̃(t), stateCount × P row-major: for tests and for looking at; costs n P.
    func denseEstimate() -> [Network.Scalar]

    /// Saves or restores everything that later steps depend on.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    mutating func exchange(with coder: inout StateCoder) throws(StateError)
}

/// One unit's rows of δᵀG̃ and C G̃, made in one place and used up at once.
struct UnitGradients<Scalar: LearnerScalar>: Sendable {
    /// Parameters of a unit.
    let parametersPerUnit: Int
    /// How many rows there are: that of δ, and those of C.
    private(set) var rowCount = 0
    /// rowCount × parametersPerUnit.
    private(set) var rows: [Scalar] = []

    init(parametersPerUnit: Int) {
        self.parametersPerUnit = parametersPerUnit
    }

    /// Begins a unit: all rows zero, as many as `delta` has for `stateCount` states.
    mutating func reset(delta: [Scalar], stateCount: Int) {
        let count = delta.count / stateCount
        precondition(count * stateCount == delta.count)
        if count != rowCount {
            rowCount = count
            rows = Array(repeating: 0, count: count * parametersPerUnit)
            return
        }
        for i in rows.indices { rows[i] = 0 }
    }

    /// row ← row + s x, with x parametersPerUnit numbers of `source` from `start`.
    mutating func add(_ source: [Scalar], from start: Int, by s: Scalar, toRow row: Int) {
        addScaled(
            source, from: start, by: s, to: &rows, at: row * parametersPerUnit, count: parametersPerUnit)
    }

    /// row ← row + s ∂h_k/∂θ, the newest exact one.
    mutating func addDerivative<Linearization: CellLinearization>(
        _ linearization: Linearization, ofState k: Int, by s: Scalar, toRow row: Int
    ) where Linearization.Scalar == Scalar {
        linearization.addParameterDerivative(
            ofState: k, scaledBy: s, to: &rows, from: row * parametersPerUnit)
    }

    /// Hands the rows to the optimizer, which uses them up.
    mutating func spend<Step: Optimizer>(
        onUnit unit: Int, _ optimizer: inout Step, parameters: inout [Scalar]
    )
    where Step.Scalar == Scalar {
        optimizer.update(
            units: unit..<unit + 1, gradients: &rows, rowCount: rowCount, parameters: &parameters)
    }
}
