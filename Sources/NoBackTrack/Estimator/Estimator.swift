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
    ///   - linearization: of the step just taken with `parameters`.
    ///   - delta: δ, one number per state; empty when there is no loss at this step, in which case the
    ///     parameters stay but the estimate still advances.
    ///   - parameters: θ; changed by the optimizer.
    ///   - optimizer: receives each unit's gradient.
    mutating func step<Step: Optimizer>(
        linearization: Network.Linearization, delta: [Network.Scalar],
        parameters: inout [Network.Scalar], optimizer: inout Step
    ) where Step.Scalar == Network.Scalar

    /// The estimate G̃(t), stateCount × P row-major: for tests and for looking at; costs n P.
    func denseEstimate() -> [Network.Scalar]

    /// Saves or restores everything that later steps depend on.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    mutating func exchange(with coder: inout StateCoder) throws(StateError)
}
