import NoBackTrack
import NoBackTrackDaemon

/// One setting of the learner's keys.
struct LearnerVariant: Sendable {
    /// A key below `learner`, and its value as it was written.
    struct Setting: Sendable, Equatable {
        var key: String
        var value: String
    }

    /// What tells it from the other variants, but for the seed; empty where there is only one.
    let settings: [Setting]
    /// A daemon that learns so.
    let configuration: DaemonConfiguration

    /// Its settings as people read them: `rank=4 hiddenUnits=16`.
    var name: String { settings.map { "\($0.key)=\($0.value)" }.joined(separator: " ") }

    /// Makes every variant of a grid: the product of all its lists, the last one changing fastest, and of each as many
    /// in a row as there are seeds.
    ///
    /// - Parameters:
    ///   - keys: What is equal in all: values by key path, as the daemon's configuration spells it.
    ///   - grid: Values of learner keys.
    ///   - seeds: How many, from the configured one upward; at least 1.
    /// - Throws: `ConfigurationError` when the daemon would not take one of them.
    static func all(
        keys: [String: String], grid: [(key: String, values: [String])], seeds: Int
    ) async throws(ConfigurationError) -> [LearnerVariant] {
        var combinations: [[Setting]] = [[]]
        for (key, values) in grid {
            combinations = combinations.flatMap { combination in
                values.map { combination + [Setting(key: key, value: $0)] }
            }
        }
        var variants: [LearnerVariant] = []
        for settings in combinations {
            var texts = keys
            for setting in settings { texts["learner.\(setting.key)"] = setting.value }
            var configuration = try await ConfigurationLoader.load(texts: texts)
            for _ in 0..<seeds {
                variants.append(LearnerVariant(settings: settings, configuration: configuration))
                configuration.learner.learner.seed &+= 1
            }
        }
        return variants
    }
}
