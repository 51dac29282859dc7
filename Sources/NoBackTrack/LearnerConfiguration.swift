/// What shapes a learner. Two learners with equal configurations, channels and stream keys that are fed
/// equal samples are equal to the bit.
package struct LearnerConfiguration: Sendable, Equatable {
    /// How the gradient of the recurrent state is obtained.
    package enum EstimatorKind: String, Sendable, CaseIterable {
        /// The random rank-one estimate of equations (8)–(15).
        case nobacktrack
        /// The exact gradient of equation (6), O(n² P) a sample: a yardstick for small networks.
        case rtrl
        /// UORO: the newest term reduced at once.
        case uoro
        /// SnAp-1: what passes through other units left out.
        case snap1
        /// Backpropagation through the newest ``LearnerConfiguration/truncation`` steps.
        case bptt
        /// No gradient: the recurrent weights keep their random start (an echo-state network).
        case frozen
    }

    /// How gradients become steps of the recurrent weights.
    package enum OptimizerKind: String, Sendable, CaseIterable {
        /// The one that measured best: `signal-to-noise` for numbers, `adam` for symbols.
        case automatic = "auto"
        /// Scaled by each unit's signal-to-noise ratio, so that the readout does not chase noise.
        case signalToNoise = "signal-to-noise"
        /// Adam.
        case adam
        /// A plain gradient step, its size decaying with the square root of time.
        case plain
        /// The filter of Kalman NoBackTrack, equations (16)–(20).
        case kalman
    }

    /// How much of the filter's precision is kept.
    package enum MetricKind: String, Sendable, CaseIterable {
        /// Its diagonal.
        case diagonal
        /// Its diagonal, and what every weight has in common with its bias.
        case quasiDiagonal = "quasi-diagonal"
    }

    /// What the filter takes for the curvature of the loss.
    package enum ObservationKind: String, Sendable, CaseIterable {
        /// The loss gradient's outer product with itself.
        case outerProduct = "outer-product"
        /// Every output's.
        case full
    }

    /// How states are measured where the scalings of `nobacktrack` are taken in the metric of `kalman`.
    package enum ScalingKind: String, Sendable, CaseIterable {
        /// By how much the loss has lately depended on them.
        case sensitivity
        /// By how well they are known, equation (19).
        case uncertainty
        /// The filter's metric is not used: equation (14).
        case euclidean
    }

    /// What the recurrent network is made of.
    package enum CellKind: String, Sendable, CaseIterable {
        /// Leaky tanh units with a spread of time scales, equations (1)–(5).
        case leakyTanh = "leaky-tanh"
        /// The same with ``LearnerConfiguration/connections`` random incoming connections each.
        case sparseTanh = "sparse-tanh"
        /// Gated recurrent units, the reset gate after the recurrent product.
        case gru
        /// Long short-term memory units.
        case lstm
    }

    /// Who forecasts beside the network.
    package enum ExpertsKind: String, Sendable, CaseIterable {
        /// Every ``Expert``; what is served is the aggregate of all.
        case all
        /// Every one but the network, which learns on unheard: what it earns is the difference.
        case withoutNetwork = "without-network"
        /// Nobody: the network alone.
        case none
    }

    /// Units of the recurrent network, n. 1 … 4096.
    package var hiddenUnits = 16
    /// What the units are.
    package var cell = CellKind.leakyTanh
    /// How recurrent gradients are estimated.
    package var estimator = EstimatorKind.nobacktrack
    /// Independent rank-one pairs averaged in the gradient, r. 1 … 64.
    package var rank = 1
    /// Groups of units that `nobacktrack` reduces by themselves, g: less noise for g products with the state's
    /// Jacobian; as many as there are units where that is fewer. 1 … 4096.
    package var groups = 1
    /// Units that each unit of `sparse-tanh` sees, k; as many as there are where that is fewer. 1 … 4096.
    package var connections = 10
    /// How gradients become steps.
    package var optimizer = OptimizerKind.automatic
    /// What the filter keeps.
    package var metric = MetricKind.diagonal
    /// What the filter observes.
    package var observation = ObservationKind.full
    /// π, the filter's precision of a weight about where it is before anything was observed. 0 … 1e6.
    package var priorPrecision = 3.0
    /// γ_min, below which the filter's forgetting does not fall: above 0 it goes on following a changing stream. [0, 1).
    package var smallestForgetting = 0.0
    /// How states are measured in the filter's metric.
    package var scaling = ScalingKind.sensitivity
    /// Steps unrolled by `bptt`, T. 1 … 4096.
    package var truncation = 16
    /// How many samples ahead each forecast looks; ascending, distinct, each 1 … 4096.
    package var horizons = [1, 10]
    /// Earlier values of every channel offered to the readout beside the newest one, as far as they fit into
    /// ``featureBudget``. 0 … 512.
    package var lags = 8
    /// Forgetting factor λ of the recursive least squares readout, in (0, 1].
    package var forgettingFactor = 0.999
    /// Step size η of the recurrent weights; what suits depends on the optimizer, and nil is what suits it.
    /// 0 … 1e6; 0 leaves them as they are.
    package var learningRate: Double?
    /// How fast the steps of `adam` and `plain` shrink: η_t = η / (1 + decay √t). 0 … 1e6.
    package var stepDecay = 0.1
    /// Places for the symbols of a stream whose alphabet is not given. 2 … 256.
    package var maxSymbols = 64
    /// The slowest unit's leak α; leaks are log-spaced from 1 down to it. 1e-6 … 1.
    package var slowestLeak = 0.02
    /// About the spectral radius of the recurrent weights that tanh units start from. 0 … 1e6.
    package var spectralRadius = 0.9
    /// How strongly inputs move tanh units at the start, 1 for well inside their linear range. 0 … 1e6.
    package var inputScale = 1.0
    /// Step size of a symbol stream's readout. 0 … 1e6.
    package var readoutLearningRate = 0.01
    /// Who forecasts numbers beside the network.
    package var experts = ExpertsKind.all
    /// The longest season that is looked for, in samples, where there are experts; 0: none is. 0 … 8192.
    package var longestSeason = 4096
    /// Keys every random draw, together with the stream's key.
    package var seed: UInt64 = 1

    /// Features that lags may fill the readout up to: its covariance has the square of that many numbers, and
    /// a stream with many channels must not take the machine's memory.
    package static let featureBudget = 512

    /// The defaults.
    package init() {}
}

/// A learner key whose value is outside its range.
package struct LearnerConfigurationError: Error, Equatable, CustomStringConvertible {
    /// The key as the configuration file spells it below `learner`.
    package var key: String
    /// What the value was and what is wanted.
    package var reason: String

    /// The key and the reason.
    package var description: String { "learner.\(key): \(reason)" }
}

extension LearnerConfiguration {
    /// Checks every range.
    ///
    /// - Throws: ``LearnerConfigurationError`` naming the first key that is out of its range.
    package func validate() throws(LearnerConfigurationError) {
        func require(_ holds: Bool, _ key: String, _ reason: @autoclosure () -> String)
            throws(LearnerConfigurationError)
        {
            if !holds { throw LearnerConfigurationError(key: key, reason: reason()) }
        }
        try require((1...4096).contains(hiddenUnits), "hiddenUnits", "\(hiddenUnits) is not in 1…4096")
        try require((1...64).contains(rank), "rank", "\(rank) is not in 1…64")
        try require((1...4096).contains(truncation), "truncation", "\(truncation) is not in 1…4096")
        try require(!horizons.isEmpty, "horizons", "needs at least one horizon")
        for horizon in horizons {
            try require((1...4096).contains(horizon), "horizons", "\(horizon) is not in 1…4096")
        }
        try require(
            zip(horizons, horizons.dropFirst()).allSatisfy { $0 < $1 }, "horizons",
            "\(horizons) is not ascending and distinct")
        try require((0...512).contains(lags), "lags", "\(lags) is not in 0…512")
        try require(
            (0...8192).contains(longestSeason), "longestSeason", "\(longestSeason) is not in 0…8192")
        try require(
            forgettingFactor > 0 && forgettingFactor <= 1, "forgettingFactor",
            "\(forgettingFactor) is not in (0, 1]")
        // What single precision holds, with room for what it is multiplied with.
        let numbers = [
            ("learningRate", learningRate ?? 0), ("stepDecay", stepDecay), ("spectralRadius", spectralRadius),
            ("inputScale", inputScale), ("readoutLearningRate", readoutLearningRate),
            ("priorPrecision", priorPrecision),
        ]
        for (key, number) in numbers {
            try require((0...1e6).contains(number), key, "\(number) is not in 0…1000000")
        }
        try require(
            smallestForgetting >= 0 && smallestForgetting < 1, "smallestForgetting",
            "\(smallestForgetting) is not in [0, 1)")
        try require((1...4096).contains(groups), "groups", "\(groups) is not in 1…4096")
        try require((1...4096).contains(connections), "connections", "\(connections) is not in 1…4096")
        try require((2...256).contains(maxSymbols), "maxSymbols", "\(maxSymbols) is not in 2…256")
        try require(
            (1e-6...1).contains(slowestLeak), "slowestLeak", "\(slowestLeak) is not in 0.000001…1")
    }
}
