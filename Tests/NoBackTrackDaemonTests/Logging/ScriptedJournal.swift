import Logging
import NoBackTrackSystem
import Synchronization

@testable import NoBackTrackDaemon

/// Takes what the daemon's log handler sends to the journal and to standard error.
final class ScriptedJournal: Sendable {
    private struct State {
        var entries: [[String: String]] = []
        var lines: [String] = []
        var failure: SystemError?
        var nanoseconds: UInt64 = 1_000_000_000
    }

    private let state = Mutex(State())

    /// Its fields by name, for each entry.
    var entries: [[String: String]] { state.withLock { $0.entries } }

    /// Whole lines of standard error.
    var lines: [String] { state.withLock { $0.lines } }

    /// From now on entries are refused with this error.
    func refuse(_ failure: SystemError) { state.withLock { $0.failure = failure } }

    /// Time goes on.
    func wait(seconds: UInt64) { state.withLock { $0.nanoseconds += seconds * 1_000_000_000 } }

    /// A destination that is this.
    func destination(isJournal: Bool = true) -> LogDestination {
        LogDestination(
            isJournal: isJournal,
            send: { [self] fields throws(SystemError) in
                let failure = state.withLock { state in
                    if state.failure == nil { state.entries.append(Self.parsed(fields)) }
                    return state.failure
                }
                if let failure { throw failure }
            },
            write: { [self] line in
                state.withLock { $0.lines.append(String(decoding: line, as: UTF8.self)) }
            })
    }

    /// An output that comes here.
    func output(_ settings: LogSettings = LogSettings(), isJournal: Bool = true) -> LogOutput {
        LogOutput(
            settings: settings, destination: destination(isJournal: isJournal),
            now: { [self] in state.withLock { $0.nanoseconds } })
    }

    /// A logger through an output.
    static func logger(_ output: LogOutput) -> Logger {
        Logger(label: "test") { DaemonLogHandler(label: $0, output: output) }
    }

    private static func parsed(_ fields: [[UInt8]]) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: fields.map { field in
                let parts = String(decoding: field, as: UTF8.self).split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(parts[0]), String(parts[1]))
            })
    }
}
