package import Logging
import Synchronization

/// What of the log can be changed while the daemon runs. Loggers and their copies look here at every message.
package final class LogSettings: Sendable {
    private struct Values {
        var level: Logger.Level
        var rateLimit: LogRateLimit
    }

    private let values: Mutex<Values>

    /// The settings of a configuration.
    package init(_ configuration: DaemonConfiguration = DaemonConfiguration()) {
        values = Mutex(Self.values(of: configuration))
    }

    /// The least severe level that is logged, unless a logger has one of its own.
    package var level: Logger.Level { values.withLock { $0.level } }

    /// How many messages of one kind are logged.
    package var rateLimit: LogRateLimit { values.withLock { $0.rateLimit } }

    /// From now on the log is as this configuration has it.
    package func change(to configuration: DaemonConfiguration) {
        let new = Self.values(of: configuration)
        values.withLock { $0 = new }
    }

    private static func values(of configuration: DaemonConfiguration) -> Values {
        // Both have the same names; a test holds that.
        Values(
            level: Logger.Level(rawValue: configuration.logLevel.rawValue) ?? .info,
            rateLimit: configuration.logRateLimit)
    }
}
