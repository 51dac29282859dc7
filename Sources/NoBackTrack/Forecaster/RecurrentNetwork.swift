/// Puts cell, estimator and optimizer together as a configuration asks for.
enum RecurrentNetwork {
    /// How fast the steps of optimizers that decay do so: η / (1 + 0.1 √t).
    private static let stepDecay: Float = 0.1

    /// About how many numbers a network in training keeps.
    static func numberCount(_ configuration: LearnerConfiguration, inputCount: Int) -> Int {
        let n = configuration.hiddenUnits
        let row = n + inputCount + 1
        let parameters =
            switch configuration.cell {
            case .leakyTanh: n * row
            case .gru: n * (3 * row + 1)
            case .lstm: 4 * n * row
            }
        let states = configuration.cell == .lstm ? 2 * n : n
        let estimate =
            switch configuration.estimator {
            case .nobacktrack: configuration.rank * (parameters + states)
            case .rtrl: 2 * states * parameters
            case .uoro: 2 * parameters
            case .snap1: 4 * parameters
            case .bptt: configuration.truncation * (12 * n + row) + parameters
            case .frozen: 0
            }
        // The parameters themselves, and an optimizer's two moments.
        return 3 * parameters + estimate + 16 * row
    }

    /// A network at rest, ready to be trained on a stream.
    ///
    /// - Parameters:
    ///   - inputCount: m.
    ///   - streamKey: tells the stream's random draws from other streams'.
    static func make(
        _ configuration: LearnerConfiguration, inputCount: Int, streamKey: UInt64
    ) -> any RecurrentTraining<Float> {
        let n = configuration.hiddenUnits
        switch configuration.cell {
        case .leakyTanh:
            let cell = LeakyTanhCell<Float>(
                unitCount: n, inputCount: inputCount, slowestLeak: configuration.slowestLeak)
            return make(configuration, cell: cell, streamKey: streamKey)
        case .gru:
            let cell = GatedRecurrentCell<Float>(unitCount: n, inputCount: inputCount)
            return make(configuration, cell: cell, streamKey: streamKey)
        case .lstm:
            let cell = LongShortTermCell<Float>(unitCount: n, inputCount: inputCount)
            return make(configuration, cell: cell, streamKey: streamKey)
        }
    }

    private static func make<Network: Cell>(
        _ configuration: LearnerConfiguration, cell: Network, streamKey: UInt64
    ) -> any RecurrentTraining<Float> where Network.Scalar == Float {
        let stepSize = Float(configuration.learningRate)
        switch configuration.optimizer {
        case .signalToNoise:
            let step = SignalToNoiseStep<Float>(
                unitCount: cell.unitCount, parametersPerUnit: cell.parametersPerUnit,
                stepSize: stepSize)
            return make(configuration, step, cell: cell, streamKey: streamKey)
        case .adam:
            let step = AdamStep<Float>(
                unitCount: cell.unitCount, parametersPerUnit: cell.parametersPerUnit,
                stepSize: stepSize, decay: stepDecay)
            return make(configuration, step, cell: cell, streamKey: streamKey)
        case .plain:
            let step = PlainStep<Float>(
                unitCount: cell.unitCount, stepSize: stepSize, decay: stepDecay)
            return make(configuration, step, cell: cell, streamKey: streamKey)
        }
    }

    private static func make<Network: Cell, Step: Optimizer>(
        _ configuration: LearnerConfiguration, _ step: Step, cell: Network, streamKey: UInt64
    ) -> any RecurrentTraining<Float> where Network.Scalar == Float, Step.Scalar == Float {
        let signs = PhiloxSigns(seed: configuration.seed, stream: streamKey)
        let parameters = cell.initialParameters(Philox(seed: configuration.seed, stream: streamKey))
        func trainer<Estimate: Estimator>(
            _ estimator: Estimate
        ) -> any RecurrentTraining<Float> where Estimate.Network == Network {
            RecurrentTrainer(
                cell: cell, estimator: estimator, optimizer: step, parameters: parameters)
        }
        switch configuration.estimator {
        case .nobacktrack:
            return trainer(
                NoBackTrackEstimator(cell: cell, rank: configuration.rank, signSource: signs))
        case .rtrl: return trainer(RealTimeRecurrentEstimator(cell: cell))
        case .uoro: return trainer(UnbiasedOnlineEstimator(cell: cell, signSource: signs))
        case .snap1: return trainer(SparseApproximationEstimator(cell: cell))
        case .bptt:
            return trainer(
                TruncatedBackpropagationEstimator(cell: cell, truncation: configuration.truncation))
        case .frozen:
            // Nothing reaches an optimizer: none is kept.
            return RecurrentTrainer(
                cell: cell, estimator: FrozenEstimator(cell: cell),
                optimizer: PlainStep(unitCount: cell.unitCount, stepSize: 0),
                parameters: parameters)
        }
    }
}
