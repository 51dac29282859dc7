package import Logging
import NoBackTrackSystem

/// One line a message on standard error; when that is the journal, with the priority it understands.
package struct StandardErrorLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    private let label: String
    private let isJournal: Bool

    /// A handler for the given level and above.
    ///
    /// - Parameter isJournal: whether standard error is the journal (``isJournal(environment:)``).
    package init(label: String, level: Logger.Level, isJournal: Bool) {
        self.label = label
        logLevel = level
        self.isJournal = isJournal
    }

    /// Whether standard error is the very stream that the service manager connected to the journal.
    package static func isJournal(environment: [String: String]) -> Bool {
        guard let named = environment["JOURNAL_STREAM"] else { return false }
        return named == StandardError.stream
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var fields = metadata
        if let own = event.metadata { fields.merge(own) { _, new in new } }
        var line = isJournal ? "<\(Self.priority(event.level))>" : "\(label) \(event.level): "
        line += "\(event.message)"
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            line += " \(key)=\(Self.quoted("\(value)"))"
        }
        line += "\n"
        StandardError.write(Array(line.utf8))
    }

    /// syslog's severities.
    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// A value from strangers stays on its line.
    private static func quoted(_ text: String) -> String {
        let isPlain =
            !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x5C && $0 != 0x7F }
        if isPlain { return text }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
