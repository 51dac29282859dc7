/// No estimate at all: the parameters never move, and what is left is an echo-state network.
package struct FrozenEstimator<Network: Cell>: Estimator {
    private let estimateCount: Int

    /// - Parameter cell: the network whose parameters stay.
    package init(cell: Network) {
        estimateCount = cell.stateCount * cell.parameterCount
    }

    package mutating func step<Step: Optimizer>(
        linearization: inout Network.Linearization, delta: [Network.Scalar],
        parameters: inout [Network.Scalar], optimizer: inout Step
    ) where Step.Scalar == Network.Scalar {}

    package func denseEstimate() -> [Network.Scalar] { Array(repeating: 0, count: estimateCount) }

    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {}
}
