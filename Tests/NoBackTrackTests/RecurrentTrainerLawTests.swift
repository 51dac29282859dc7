import NoBackTrack
import NoBackTrackTestSupport
import Testing

/// Every cell with every estimator and every optimizer keeps every law of training.
@Suite struct RecurrentTrainerLawTests {
    /// An optimizer with what shapes it.
    struct OptimizerForm: Sendable, CustomTestStringConvertible {
        var kind: LearnerConfiguration.OptimizerKind
        var metric = LearnerConfiguration.MetricKind.diagonal
        var observation = LearnerConfiguration.ObservationKind.full
        var scaling = LearnerConfiguration.ScalingKind.sensitivity

        var testDescription: String {
            guard kind == .kalman else { return kind.rawValue }
            return "\(kind.rawValue), \(metric.rawValue), \(observation.rawValue), \(scaling.rawValue)"
        }
    }

    static let optimizers: [OptimizerForm] = [
        .init(kind: .plain), .init(kind: .adam), .init(kind: .signalToNoise), .init(kind: .kalman),
        .init(kind: .kalman, observation: .outerProduct, scaling: .uncertainty),
        .init(kind: .kalman, metric: .quasiDiagonal), .init(kind: .kalman, scaling: .euclidean),
    ]

    @Test(
        arguments: LearnerConfiguration.CellKind.allCases.flatMap { cell in
            LearnerConfiguration.EstimatorKind.allCases.map { (cell: cell, estimator: $0) }
        }, optimizers)
    func everyLawHolds(
        _ network: (cell: LearnerConfiguration.CellKind, estimator: LearnerConfiguration.EstimatorKind),
        optimizer: OptimizerForm
    ) {
        var configuration = LearnerConfiguration()
        configuration.hiddenUnits = 3
        configuration.connections = 2
        configuration.truncation = 4
        configuration.rank = 2
        configuration.groups = 2
        configuration.cell = network.cell
        configuration.estimator = network.estimator
        configuration.optimizer = optimizer.kind
        configuration.metric = optimizer.metric
        configuration.observation = optimizer.observation
        configuration.scaling = optimizer.scaling
        let laws = TrainingLaws(inputCount: 2, seed: 91) { seed in
            var seeded = configuration
            seeded.seed = seed
            return RecurrentNetwork.make(seeded, task: .numbers, inputCount: 2, streamKey: 5)
        }
        #expect(laws.violations(.init(learns: network.estimator != .frozen)) == [])
    }
}
