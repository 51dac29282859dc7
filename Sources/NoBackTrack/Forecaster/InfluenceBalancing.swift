/// The influence balancing experiment of NoBackTrack's paper: one parameter that must be moved against its
/// influence at short range. The loss is ½ (h_1 − 1)², its minimum for 23 states of which 10 are positive at
/// θ = −1/6.
package struct InfluenceBalancing: Sendable {
    private var network: any RecurrentTraining<Double>

    /// The network at rest.
    ///
    /// - Parameter configuration: estimator, optimizer, step size and seed count.
    package init(configuration: LearnerConfiguration) {
        network = RecurrentNetwork.make(
            configuration, task: .regression, cell: InfluenceBalancingCell<Double>(),
            generator: Philox(seed: configuration.seed, stream: 0), streamKey: 0)
    }

    /// θ.
    package var parameter: Double { network.parameters[0] }

    /// One step of the network and one of the parameter.
    ///
    /// - Returns: the loss before the parameter moved; infinite where the network has diverged.
    package mutating func step() -> Double {
        network.advance(input: [])
        let error = network.state[0] - 1
        guard error.isFinite, error.magnitude < 1e150 else { return .infinity }
        let n = network.state.count
        var delta = Array(repeating: 0.0, count: network.usesCurvature ? 2 * n : n)
        delta[0] = error
        // The loss's curvature by h_1 is 1.
        if network.usesCurvature { delta[n] = 1 }
        network.learn(delta: delta)
        return error * error / 2
    }

    /// Numbers that the network keeps from one step to the next.
    package var stateNumbers: Int { network.stateNumbers }
}

extension RecurrentTraining {
    /// Numbers that are kept from one step to the next: parameters, state, estimate and optimizer.
    package var stateNumbers: Int {
        var coder = StateCoder()
        var copy = self
        do { try copy.exchange(with: &coder) } catch {
            preconditionFailure("saving cannot fail: \(error)")
        }
        return coder.tensors.reduce(0) { $0 + $1.elements.count }
    }
}
