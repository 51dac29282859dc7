// Truncated backpropagation through time, the yardstick: T steps are unrolled, then the loss gradients at
// those steps are carried back through them, and the parameters move once.
//
//   λ ← δ(t) + A(t+1)ᵀ λ,   g_unit(k) += λ_k w_k(t),   t = T … 1

/// Backpropagation over disjoint windows of T steps. Dependencies longer than the window it does not see.
/// It carries δ alone: an optimizer that asks for curvature gets none.
package struct TruncatedBackpropagationEstimator<Network: Cell>: Estimator {
    package typealias Scalar = Network.Scalar

    /// T, steps unrolled between two updates.
    package let truncation: Int
    private let unitCount: Int
    private let stateCount: Int
    private let parametersPerUnit: Int
    private var linearizations: [Network.Linearization]
    private var deltas: [Scalar]
    private var gradient: [Scalar]
    private var adjoint: [Scalar]
    private var earlier: [Scalar]
    private var filled: UInt64 = 0
    private var hasLoss: UInt64 = 0

    /// An estimator at the beginning of a window.
    ///
    /// - Parameter truncation: T ≥ 1.
    package init(cell: Network, truncation: Int) {
        precondition(truncation >= 1)
        self.truncation = truncation
        unitCount = cell.unitCount
        stateCount = cell.stateCount
        parametersPerUnit = cell.parametersPerUnit
        linearizations = Array(repeating: cell.makeLinearization(), count: truncation)
        deltas = Array(repeating: 0, count: truncation * cell.stateCount)
        gradient = Array(repeating: 0, count: cell.parameterCount)
        adjoint = Array(repeating: 0, count: cell.stateCount)
        earlier = adjoint
    }

    package mutating func step<Step: Optimizer>(
        linearization: inout Network.Linearization, delta: [Scalar], parameters: inout [Scalar],
        optimizer: inout Step
    ) where Step.Scalar == Scalar {
        let slot = Int(filled)
        swap(&linearizations[slot], &linearization)
        for k in 0..<stateCount { deltas[slot * stateCount + k] = delta.isEmpty ? 0 : delta[k] }
        if !delta.isEmpty { hasLoss = 1 }
        filled += 1
        guard filled == truncation else { return }
        if hasLoss == 1 {
            backpropagate(parameters: parameters)
            optimizer.update(
                units: 0..<unitCount, gradients: &gradient, rowCount: 1, parameters: &parameters)
        }
        filled = 0
        hasLoss = 0
    }

    /// Leaves the gradient of the window's losses so far.
    private mutating func backpropagate(parameters: [Scalar]) {
        for p in gradient.indices { gradient[p] = 0 }
        for k in adjoint.indices { adjoint[k] = 0 }
        for slot in (0..<Int(filled)).reversed() {
            for k in 0..<stateCount { adjoint[k] += deltas[slot * stateCount + k] }
            for unit in 0..<unitCount {
                for k in linearizations[slot].states(ofUnit: unit) {
                    linearizations[slot].addParameterDerivative(
                        ofState: k, scaledBy: adjoint[k], to: &gradient,
                        from: unit * parametersPerUnit)
                }
            }
            linearizations[slot].multiplyTransposedStateJacobian(
                adjoint, from: 0, into: &earlier, parameters: parameters)
            swap(&adjoint, &earlier)
        }
    }

    /// This estimator has no estimate of ∂h/∂θ to show.
    package func denseEstimate() -> [Scalar] { [] }

    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        try coder.exchange("bptt.delta", shape: [truncation, stateCount], &deltas)
        try coder.exchange("bptt.filled", &filled)
        try coder.exchange("bptt.has_loss", &hasLoss)
        guard filled < truncation else {
            throw .invalid(name: "bptt.filled", reason: "\(filled) is not below \(truncation)")
        }
        for slot in 0..<truncation {
            try linearizations[slot].exchange(with: &coder, prefix: "bptt.\(slot)")
        }
    }
}
