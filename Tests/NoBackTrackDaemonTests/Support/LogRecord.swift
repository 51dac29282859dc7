import Logging
import Synchronization

/// What a daemon under test has logged.
final class LogRecord: Sendable {
    private struct State {
        var lines: [String] = []
        var waiters: [(text: String, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private struct Handler: LogHandler {
        let record: LogRecord
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let details = (event.metadata ?? [:]).sorted { $0.key < $1.key }
            record.append(
                "\(event.level) \(event.message)" + details.map { " \($0.key)=\($0.value)" }.joined())
        }
    }

    private let state = Mutex(State())

    /// A logger whose messages come here.
    var logger: Logger { Logger(label: "test") { _ in Handler(record: self) } }

    /// The messages so far, each as its level, its text and its details.
    var lines: [String] { state.withLock { $0.lines } }

    /// Waits for a message with the text.
    func waitFor(_ text: String) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                let isThere = state.lines.contains { $0.contains(text) }
                if !isThere { state.waiters.append((text, continuation)) }
                return isThere
            }
            if isThere { continuation.resume() }
        }
    }

    private func append(_ line: String) {
        let done = state.withLock { state in
            state.lines.append(line)
            defer { state.waiters.removeAll { line.contains($0.text) } }
            return state.waiters.filter { line.contains($0.text) }
        }
        for waiter in done { waiter.continuation.resume() }
    }
}
