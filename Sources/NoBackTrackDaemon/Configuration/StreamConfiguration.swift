import FoundationEssentials
package import NoBackTrack

/// What a stream's learner is made from, beside its first sample.
package struct StreamConfiguration: Sendable, Equatable {
    /// Which channels a stream has.
    package enum Channels: Sendable, Equatable {
        /// Those of its first sample.
        case found
        /// As many as this, named by the first sample.
        case count(Int)
        /// These, in this order.
        case named([String])
    }

    /// The learner.
    package var learner = LearnerConfiguration()
    /// The channels forecast; empty: all.
    package var targets: [String] = []
    /// The channels taken in.
    package var channels = Channels.found

    /// The defaults.
    package init() {}

    /// The places of the targets among the channels of a stream.
    ///
    /// - Returns: nil when a target is not among the channels.
    package func targetPlaces(in channels: [String]) -> [Int]? {
        if targets.isEmpty { return Array(channels.indices) }
        var places: [Int] = []
        for target in targets {
            guard let place = channels.firstIndex(of: target) else { return nil }
            places.append(place)
        }
        return places
    }
}

extension StreamConfiguration {
    /// The learner's keys, as a checkpoint remembers them.
    private struct LearnerKeys: Codable {
        var cell: String
        var estimator: String
        var forgettingFactor: Double
        var hiddenUnits: Int
        var horizons: [Int]
        var lags: Int
        var learningRate: Double?
        var metric: String
        var observation: String
        var connections: Int
        var optimizer: String
        var rank: Int
        var seed: UInt64
        var slowestLeak: Double
        var truncation: Int

        init(_ learner: LearnerConfiguration) {
            cell = learner.cell.rawValue
            estimator = learner.estimator.rawValue
            forgettingFactor = learner.forgettingFactor
            hiddenUnits = learner.hiddenUnits
            horizons = learner.horizons
            lags = learner.lags
            learningRate = learner.learningRate
            metric = learner.metric.rawValue
            observation = learner.observation.rawValue
            connections = learner.connections
            optimizer = learner.optimizer.rawValue
            rank = learner.rank
            seed = learner.seed
            slowestLeak = learner.slowestLeak
            truncation = learner.truncation
        }

        /// The keys that decide what the numbers of a state mean. Forgetting and step size may change under a
        /// learner that goes on.
        var lasting: [(key: String, value: String)] {
            [
                ("cell", cell), ("estimator", estimator), ("hiddenUnits", "\(hiddenUnits)"),
                ("horizons", "\(horizons)"), ("lags", "\(lags)"), ("optimizer", optimizer),
                ("rank", "\(rank)"), ("seed", "\(seed)"), ("slowestLeak", "\(slowestLeak)"),
                ("truncation", "\(truncation)"),
            ]
        }
    }

    /// The learner's keys as JSON text of one form: equal configurations have equal texts.
    package var canonicalText: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Cannot fail: every number of a valid configuration is finite.
        guard let text = try? encoder.encode(LearnerKeys(learner)) else {
            preconditionFailure("a learner's keys have a JSON text")
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Checks that a state learned under a saved configuration means the same under this one.
    ///
    /// - Parameter saved: a ``canonicalText``.
    /// - Throws: ``StateError`` naming the first key whose change would make the state mean something else.
    package func checkContinues(_ saved: String) throws(StateError) {
        guard let keys = try? JSONDecoder().decode(LearnerKeys.self, from: Data(saved.utf8)) else {
            throw .invalid(name: "configuration", reason: "cannot be read: \(saved)")
        }
        for (old, new) in zip(keys.lasting, LearnerKeys(learner).lasting) where old.value != new.value {
            throw .mismatch(name: "learner.\(old.key)", found: old.value, needed: new.value)
        }
    }
}
