import Configuration
import Testing

@testable import NoBackTrackDaemon

/// What a reload takes over and what it refuses.
@Suite struct ConfigurationChangeTests {
    /// What cannot change while the daemon runs, beside every key of the learner.
    private static let fixed: Set<String> = [
        "ingest.socketPath", "ingest.format", "ingest.onEof", "ingest.maxSources", "predict.socketPath",
        "predict.print", "streams.learningThreads", "streams.defaultName", "checkpoint.stateDirectory",
        "journal.enabled",
    ]

    /// Another value of every key.
    private static let others: [String: String] = [
        "ingest.format": "csv", "ingest.onEof": "stay", "ingest.ack": "learned", "predict.print": "influx",
        "checkpoint.onStorageFailure": "exit", "log.level": "debug", "learner.cell": "gru",
        "learner.estimator": "frozen", "learner.optimizer": "adam", "learner.metric": "quasi-diagonal",
        "learner.observation": "outer-product", "learner.scaling": "euclidean", "learner.learningRate": "0.5",
        "learner.experts": "none", "predict.controlGroup": "0", "learner.horizons": "2",
        "learner.spectralRadius": "0.5", "predict.level": "0.5", "learner.forgettingFactor": "0.5",
        "learner.smallestForgetting": "0.5", "learner.slowestLeak": "0.5",
    ]

    private static func load(_ key: ConfigurationKey) async throws -> DaemonConfiguration {
        var value = others[key.path]
        if value == nil {
            value =
                switch key.standard {
                case .int(let number): "\(number + 1)"
                case .double(let number): "\(number + 1)"
                case .bool(let isSo): "\(!isSo)"
                default: "other"
                }
        }
        return try await ConfigurationLoader.load(
            file: nil, environment: [ConfigurationLoader.variable(key.components): value ?? ""], options: [:])
    }

    @Test(arguments: ConfigurationKey.all.map(\.path))
    func aKeyIsTakenOverOrNamed(path: String) async throws {
        let key = try #require(ConfigurationKey.all.first { $0.path == path })
        let current = DaemonConfiguration()
        let change = ConfigurationChange(from: current, to: try await Self.load(key))
        let isFixed = Self.fixed.contains(path) || path.hasPrefix("learner.")
        #expect(change.changed == (isFixed ? [] : [path]))
        #expect(change.refused == (isFixed ? [path] : []))
        #expect((change.configuration == current) == isFixed)
        // It is in force then.
        let again = ConfigurationChange(from: change.configuration, to: try await Self.load(key))
        #expect(again.changed == [] && again.configuration == change.configuration)
    }

    @Test func overridesAreNamed() {
        let current = DaemonConfiguration()
        var new = current
        new.streams.overrides["boiler"] = StreamConfiguration()
        let change = ConfigurationChange(from: current, to: new)
        #expect(change.refused == ["streams.overrides.boiler"])
        #expect(change.configuration == current)
    }

    /// Files that are right, each by itself.
    struct Pair: Sendable {
        var current: [String: ConfigContent]
        var new: [String: ConfigContent]
        var refused: [String]
    }

    static let pairs = [
        Pair(
            current: ["journal.enabled": false], new: ["ingest.ack": "durable"],
            refused: ["ingest.ack", "journal.enabled"]),
        Pair(
            current: ["learner.channels": "8"], new: ["ingest.maxChannels": 4],
            refused: ["ingest.maxChannels", "learner.channels"]),
        Pair(
            current: ["learner.channels": "a,b,c"], new: ["ingest.maxChannels": 2],
            refused: ["ingest.maxChannels", "learner.channels"]),
        Pair(
            current: ["ingest.format": "f64le", "learner.channels": "8"], new: ["ingest.maxChannels": 7],
            refused: ["ingest.format", "ingest.maxChannels", "learner.channels"]),
    ]

    @Test(arguments: pairs)
    func whatIsKeptAndWhatIsNewFitTogether(pair: Pair) async throws {
        let current = try await ConfigurationLoader.load(file: nil, environment: [:], options: pair.current)
        let new = try await ConfigurationLoader.load(file: nil, environment: [:], options: pair.new)
        let change = ConfigurationChange(from: current, to: new)
        #expect(change.refused == pair.refused)
        #expect(change.configuration == current)
    }
}
