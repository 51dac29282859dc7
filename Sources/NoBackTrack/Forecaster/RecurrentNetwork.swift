/// Puts cell, estimator and optimizer together as a configuration asks for.
package enum RecurrentNetwork {
    /// What a network is trained for, where the configuration leaves a choice to us.
    package enum Task: Sendable {
        /// To forecast numbers, with a readout that follows its features.
        case numbers
        /// To forecast symbols.
        case symbols
        /// To make a loss small that is no probability's logarithm.
        case regression
    }

    /// About how many numbers a network in training keeps.
    ///
    /// - Parameters:
    ///   - inputCount: m.
    ///   - outputCount: heads or symbols, each of which may give a row of curvature.
    static func numberCount(
        _ configuration: LearnerConfiguration, inputCount: Int, outputCount: Int
    ) -> Int {
        let n = configuration.hiddenUnits
        let row = n + inputCount + 1
        let sparseRow = min(configuration.connections, n) + inputCount + 1
        let parameters =
            switch configuration.cell {
            case .leakyTanh: n * row
            case .sparseTanh: n * sparseRow
            case .gru: n * (3 * row + 1)
            case .lstm: 4 * n * row
            }
        let states = configuration.cell == .lstm ? 2 * n : n
        // The derivatives of one step: those of a sparse cell hold every unit's own inputs.
        let linearization = configuration.cell == .sparseTanh ? 3 * n + n * sparseRow : 12 * n + row
        let pairs = configuration.rank * min(configuration.groups, n)
        let estimate =
            switch configuration.estimator {
            case .nobacktrack: configuration.rank * parameters + pairs * states
            case .rtrl: 2 * states * parameters
            case .uoro: 2 * parameters
            case .snap1: 4 * parameters
            case .bptt: configuration.truncation * linearization + parameters
            case .frozen: 0
            }
        // Gradient rows of a unit, derivatives by the states and projections on the pairs, for δ and each output.
        let rows = configuration.optimizer == .kalman && configuration.observation == .full ? outputCount : 0
        let curvature = rows * (parameters / n + states + pairs)
        // The parameters themselves, and an optimizer's arrays: two, or a filter's three.
        let arrays = configuration.optimizer == .kalman ? 4 : 3
        return arrays * parameters + estimate + curvature + 3 * linearization + 16 * row
    }

    /// A network at rest, ready to be trained on a stream.
    ///
    /// - Parameters:
    ///   - inputCount: m.
    ///   - streamKey: tells the stream's random draws from other streams'.
    ///   - signKey: the same for the signs alone; nil: as the others.
    package static func make(
        _ configuration: LearnerConfiguration, task: Task, inputCount: Int, streamKey: UInt64,
        signKey: UInt64? = nil
    ) -> any RecurrentTraining<Float> {
        let n = configuration.hiddenUnits
        let generator = Philox(seed: configuration.seed, stream: streamKey)
        let start = LeakyStart(
            spectralRadius: configuration.spectralRadius, inputScale: configuration.inputScale)
        func train<Network: Cell>(_ cell: Network) -> any RecurrentTraining<Float>
        where Network.Scalar == Float {
            make(
                configuration, task: task, cell: cell, generator: generator, streamKey: signKey ?? streamKey)
        }
        switch configuration.cell {
        case .leakyTanh:
            return train(
                LeakyTanhCell<Float>(
                    unitCount: n, inputCount: inputCount, slowestLeak: configuration.slowestLeak,
                    start: start))
        case .sparseTanh:
            return train(
                SparselyConnectedCell<Float>(
                    unitCount: n, inputCount: inputCount, connectionCount: min(configuration.connections, n),
                    slowestLeak: configuration.slowestLeak, generator: generator, start: start))
        case .gru: return train(GatedRecurrentCell<Float>(unitCount: n, inputCount: inputCount))
        case .lstm: return train(LongShortTermCell<Float>(unitCount: n, inputCount: inputCount))
        }
    }

    /// A cell of any kind and number type in training.
    static func make<Network: Cell>(
        _ configuration: LearnerConfiguration, task: Task, cell: Network, generator: Philox, streamKey: UInt64
    ) -> any RecurrentTraining<Network.Scalar> where Network.Scalar: LearnerScalar {
        typealias Scalar = Network.Scalar
        let parameters = cell.initialParameters(generator)
        func train<Step: Optimizer>(_ step: Step) -> any RecurrentTraining<Scalar>
        where Step.Scalar == Scalar {
            make(configuration, step, task: task, cell: cell, parameters: parameters, streamKey: streamKey)
        }
        // Nothing reaches an optimizer: none is kept.
        guard configuration.estimator != .frozen else {
            return train(PlainStep(unitCount: cell.unitCount, schedule: StepSchedule(stepSize: 0)))
        }
        let kind = configuration.optimizer(for: task)
        let schedule = StepSchedule(
            stepSize: Scalar(configuration.learningRate ?? kind.standardStepSize),
            decay: Scalar(configuration.stepDecay))
        switch kind {
        case .automatic, .signalToNoise:
            return train(
                SignalToNoiseStep<Scalar>(
                    unitCount: cell.unitCount, parametersPerUnit: cell.parametersPerUnit,
                    stepSize: schedule.stepSize))
        case .adam:
            return train(
                AdamStep<Scalar>(
                    unitCount: cell.unitCount, parametersPerUnit: cell.parametersPerUnit, schedule: schedule))
        case .plain: return train(PlainStep<Scalar>(unitCount: cell.unitCount, schedule: schedule))
        case .kalman:
            return train(filter(configuration, task: task, cell: cell, stepSize: schedule.stepSize))
        }
    }

    private static func filter<Network: Cell>(
        _ configuration: LearnerConfiguration, task: Task, cell: Network, stepSize: Network.Scalar
    ) -> FilterStep<Network.Scalar> where Network.Scalar: LearnerScalar {
        var settings = FilterSettings<Network.Scalar>()
        settings.stepSize = stepSize
        settings.priorPrecision = Network.Scalar(configuration.priorPrecision)
        settings.smallestForgetting = Network.Scalar(configuration.smallestForgetting)
        // In parts of a certainty that an unscaled loss does not tell, there is nothing to limit.
        if task == .regression { settings.largestChange = .infinity }
        settings.observation = configuration.observation == .full ? .full : .outerProduct
        settings.metric = configuration.metric == .diagonal ? .diagonal : .quasiDiagonal
        return FilterStep(
            unitCount: cell.unitCount, parametersPerUnit: cell.parametersPerUnit, settings: settings,
            metric: FilterMetric(
                kind: settings.metric, unitCount: cell.unitCount, rows: cell.parameterRows,
                prior: Array(repeating: 0, count: cell.parameterCount)))
    }

    private static func make<Network: Cell, Step: Optimizer>(
        _ configuration: LearnerConfiguration, _ step: Step, task: Task, cell: Network,
        parameters: [Network.Scalar], streamKey: UInt64
    ) -> any RecurrentTraining<Network.Scalar> where Step.Scalar == Network.Scalar {
        let signs = PhiloxSigns(seed: configuration.seed, stream: streamKey)
        func train<Estimate: Estimator>(
            _ estimator: Estimate
        ) -> any RecurrentTraining<Network.Scalar> where Estimate.Network == Network {
            RecurrentTrainer(
                cell: cell, estimator: estimator, optimizer: step, parameters: parameters)
        }
        switch configuration.estimator {
        case .nobacktrack:
            return train(
                NoBackTrackEstimator(
                    cell: cell, rank: configuration.rank, groups: min(configuration.groups, cell.unitCount),
                    signSource: signs,
                    scaling: step.hasMetric ? configuration.scaling.factorScaling : .euclidean,
                    largestReach: task == .regression || configuration.scaling != .sensitivity
                        ? .infinity : 1000,
                    regularisation: step.hasMetric ? 1e-20 : 1e-12))
        case .rtrl: return train(RealTimeRecurrentEstimator(cell: cell))
        case .uoro: return train(UnbiasedOnlineEstimator(cell: cell, signSource: signs))
        case .snap1: return train(SparseApproximationEstimator(cell: cell))
        case .bptt:
            return train(
                TruncatedBackpropagationEstimator(cell: cell, truncation: configuration.truncation))
        case .frozen: return train(FrozenEstimator(cell: cell))
        }
    }
}

extension LearnerConfiguration {
    /// The optimizer that is used where the configuration leaves the choice.
    package func optimizer(for task: RecurrentNetwork.Task) -> OptimizerKind {
        guard optimizer == .automatic else { return optimizer }
        return task == .symbols ? .adam : .signalToNoise
    }
}

extension LearnerConfiguration.OptimizerKind {
    /// The step size that measured best for the optimizer.
    var standardStepSize: Double {
        switch self {
        case .automatic, .signalToNoise: 0.005
        case .adam: 0.01
        case .plain: 0.05
        case .kalman: 0.1
        }
    }
}

extension LearnerConfiguration.ScalingKind {
    /// The estimator's name for it.
    var factorScaling: FactorScaling {
        switch self {
        case .sensitivity: .sensitivity
        case .uncertainty: .uncertainty
        case .euclidean: .euclidean
        }
    }
}
