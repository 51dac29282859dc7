import NoBackTrack
import NoBackTrackWire

/// A stream's kind and its learner's keys, as a checkpoint remembers them.
struct LearnerKeys: Codable {
    let kind: StreamKind
    /// The symbols given, escaped; empty: each new one takes a place. Nil where samples are numbers.
    private let alphabet: String?
    private let cell: String
    private let connections: Int
    private let estimator: String
    private let forgettingFactor: Double
    private let groups: Int
    private let inputScale: Double
    private let experts: String
    private let hiddenUnits: Int
    private let horizons: [Int]
    private let lags: Int
    private let learningRate: Double?
    private let longestSeason: Int
    /// Nil where samples are numbers.
    private let maxSymbols: Int?
    private let metric: String
    private let observation: String
    /// The one in use, so that a state keeps its meaning should the choice of `auto` change.
    private let optimizer: String
    private let priorPrecision: Double
    private let rank: Int
    private let readoutLearningRate: Double
    private let scaling: String
    private let seed: UInt64
    private let slowestLeak: Double
    private let smallestForgetting: Double
    private let spectralRadius: Double
    private let stepDecay: Double
    private let truncation: Int

    /// The keys of a stream of this kind.
    init(_ configuration: StreamConfiguration, kind: StreamKind) {
        let learner = configuration.learner
        self.kind = kind
        alphabet = kind == .symbols ? SymbolText.escape(configuration.alphabet) : nil
        cell = learner.cell.rawValue
        connections = learner.connections
        estimator = learner.estimator.rawValue
        experts = learner.experts.rawValue
        forgettingFactor = learner.forgettingFactor
        groups = learner.groups
        inputScale = learner.inputScale
        hiddenUnits = learner.hiddenUnits
        horizons = learner.horizons
        lags = learner.lags
        learningRate = learner.learningRate
        longestSeason = learner.longestSeason
        maxSymbols = kind == .symbols ? learner.maxSymbols : nil
        metric = learner.metric.rawValue
        observation = learner.observation.rawValue
        optimizer = learner.optimizer(for: kind == .symbols ? .symbols : .numbers).rawValue
        priorPrecision = learner.priorPrecision
        rank = learner.rank
        readoutLearningRate = learner.readoutLearningRate
        scaling = learner.scaling.rawValue
        seed = learner.seed
        slowestLeak = learner.slowestLeak
        smallestForgetting = learner.smallestForgetting
        spectralRadius = learner.spectralRadius
        stepDecay = learner.stepDecay
        truncation = learner.truncation
    }

    /// Reads saved keys. What an older daemon did not save has the value that it had by implication.
    ///
    /// - Throws: `DecodingError` when they are none.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let implied = LearnerConfiguration()
        func read<Value: Decodable>(_ key: CodingKeys, or implied: Value) throws -> Value {
            try container.decodeIfPresent(Value.self, forKey: key) ?? implied
        }
        // There were only numbers before there was a kind.
        kind = try read(.kind, or: .numbers)
        alphabet = try container.decodeIfPresent(String.self, forKey: .alphabet)
        // The first daemons had one cell and one optimizer.
        cell = try read(.cell, or: LearnerConfiguration.CellKind.leakyTanh.rawValue)
        connections = try read(.connections, or: implied.connections)
        estimator = try container.decode(String.self, forKey: .estimator)
        forgettingFactor = try container.decode(Double.self, forKey: .forgettingFactor)
        experts = try read(.experts, or: implied.experts.rawValue)
        groups = try read(.groups, or: implied.groups)
        hiddenUnits = try container.decode(Int.self, forKey: .hiddenUnits)
        inputScale = try read(.inputScale, or: implied.inputScale)
        horizons = try container.decode([Int].self, forKey: .horizons)
        lags = try container.decode(Int.self, forKey: .lags)
        learningRate = try container.decodeIfPresent(Double.self, forKey: .learningRate)
        longestSeason = try read(.longestSeason, or: implied.longestSeason)
        maxSymbols = try container.decodeIfPresent(Int.self, forKey: .maxSymbols)
        metric = try read(.metric, or: implied.metric.rawValue)
        observation = try read(.observation, or: implied.observation.rawValue)
        let optimizer = try read(
            .optimizer, or: LearnerConfiguration.OptimizerKind.signalToNoise.rawValue)
        // Saved as it was set, for a while: it meant this then.
        let isAutomatic = optimizer == LearnerConfiguration.OptimizerKind.automatic.rawValue
        self.optimizer =
            isAutomatic ? LearnerConfiguration.OptimizerKind.signalToNoise.rawValue : optimizer
        priorPrecision = try read(.priorPrecision, or: implied.priorPrecision)
        rank = try container.decode(Int.self, forKey: .rank)
        readoutLearningRate = try read(.readoutLearningRate, or: implied.readoutLearningRate)
        scaling = try read(.scaling, or: implied.scaling.rawValue)
        seed = try container.decode(UInt64.self, forKey: .seed)
        slowestLeak = try container.decode(Double.self, forKey: .slowestLeak)
        smallestForgetting = try read(.smallestForgetting, or: implied.smallestForgetting)
        spectralRadius = try read(.spectralRadius, or: implied.spectralRadius)
        stepDecay = try read(.stepDecay, or: implied.stepDecay)
        truncation = try read(.truncation, or: implied.truncation)
    }

    /// The keys that decide what the numbers of a state mean, those that others make matter after these. Forgetting and
    /// step sizes may change under a learner that goes on; what weights start from matters no more.
    var lasting: [(key: String, value: String)] {
        var lasting = [
            ("cell", cell), ("estimator", estimator), ("hiddenUnits", "\(hiddenUnits)"),
            ("optimizer", optimizer), ("rank", "\(rank)"), ("groups", "\(groups)"), ("seed", "\(seed)"),
            ("slowestLeak", "\(slowestLeak)"), ("truncation", "\(truncation)"),
        ]
        if cell == LearnerConfiguration.CellKind.sparseTanh.rawValue {
            lasting.append(("connections", "\(connections)"))
        }
        if optimizer == LearnerConfiguration.OptimizerKind.kalman.rawValue {
            lasting += [("metric", metric), ("observation", observation), ("scaling", scaling)]
        }
        switch kind {
        case .numbers:
            lasting += [
                ("horizons", "\(horizons)"), ("lags", "\(lags)"), ("longestSeason", "\(longestSeason)"),
            ]
        case .symbols:
            lasting.append(("alphabet", "\"\(alphabet ?? "")\""))
            if alphabet?.isEmpty ?? true {
                lasting.append(("maxSymbols", maxSymbols.map { "\($0)" } ?? "none"))
            }
        }
        return lasting
    }
}
