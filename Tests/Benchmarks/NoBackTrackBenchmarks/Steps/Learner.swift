import NoBackTrack
import NoBackTrackSystem
import NoBackTrackTestSupport

/// Who learns: an estimator with what shapes it, under a short name.
struct Contestant {
    let name: String
    let configuration: LearnerConfiguration

    /// The estimator and optimizer in `parts`, such as `nobacktrack`, rank 4, `adam`.
    init(
        _ estimator: LearnerConfiguration.EstimatorKind, rank: Int = 1, groups: Int = 1, truncation: Int = 16,
        optimizer: LearnerConfiguration.OptimizerKind = .signalToNoise
    ) {
        var configuration = LearnerConfiguration()
        configuration.estimator = estimator
        configuration.rank = rank
        configuration.groups = groups
        configuration.truncation = truncation
        configuration.optimizer = optimizer
        self.configuration = configuration
        var name = estimator.rawValue
        if estimator == .nobacktrack { name += groups > 1 ? ":\(rank) in \(groups) groups" : ":\(rank)" }
        if estimator == .bptt { name += ":\(truncation)" }
        self.name = optimizer == .signalToNoise ? name : "\(name), \(optimizer.rawValue)"
    }
}

/// A network in training, and what it is fed.
struct SteppingLearner {
    private var network: any RecurrentTraining<Float>
    private var moments: Moments

    /// A contestant's network of n units and m inputs, at rest, as a stream of numbers would have it.
    init(_ contestant: Contestant, unitCount n: Int, inputCount m: Int) {
        var configuration = contestant.configuration
        configuration.hiddenUnits = n
        network = RecurrentNetwork.make(configuration, task: .numbers, inputCount: m, streamKey: 1)
        let rows = network.usesCurvature ? 1 : 0
        moments = Moments(inputCount: m, stateCount: network.state.count, curvatureRows: rows)
    }

    /// θ.
    var parameters: [Float] { network.parameters }

    /// Takes so many steps.
    ///
    /// - Returns: nanoseconds of the processor that each took.
    mutating func run(_ steps: Int) -> Double {
        let begin = Clocks.threadNanoseconds()
        for _ in 0..<steps {
            let (input, delta) = moments.next()
            network.advance(input: input)
            network.learn(delta: delta)
        }
        return Double(Clocks.threadNanoseconds() - begin) / Double(steps)
    }
}

/// The textbook's step, fed the same.
struct SteppingTextbook {
    private var network: TextbookNoBackTrack
    private var moments: Moments

    /// The twin of a contestant of rank r with the signal-to-noise step.
    init(unitCount n: Int, inputCount m: Int, rank: Int = 1) {
        let cell = LeakyTanhCell<Float>(
            unitCount: n, inputCount: m, slowestLeak: LearnerConfiguration().slowestLeak)
        let generator = Philox(seed: LearnerConfiguration().seed, stream: 1)
        network = TextbookNoBackTrack(
            leak: cell.leak, parameters: cell.initialParameters(generator), rank: rank, generator: generator)
        moments = Moments(inputCount: m, stateCount: n)
    }

    /// As ``SteppingLearner/run(_:)``.
    mutating func run(_ steps: Int) -> Double {
        let begin = Clocks.threadNanoseconds()
        for _ in 0..<steps {
            let (input, delta) = moments.next()
            network.advance(input: input)
            network.learn(delta: delta)
        }
        return Double(Clocks.threadNanoseconds() - begin) / Double(steps)
    }
}
