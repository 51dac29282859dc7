package import Logging

/// Takes the messages of swift-log to the daemon's output.
package struct DaemonLogHandler: LogHandler {
    /// The metadata key that a message's ``EventKind`` comes under. It is no detail of the message.
    static let kindKey = "kind"

    package var metadata: Logger.Metadata = [:]
    private let label: String
    private let output: LogOutput
    private var ownLevel: Logger.Level?

    /// A handler of the logger with the label.
    package init(label: String, output: LogOutput) {
        self.label = label
        self.output = output
    }

    /// The level of the shared settings, whatever it is by now, until the logger is given one of its own.
    package var logLevel: Logger.Level {
        get { ownLevel ?? output.settings.level }
        set { ownLevel = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var details = metadata
        if let own = event.metadata { details.merge(own) { _, new in new } }
        var kind: EventKind?
        if case .stringConvertible(let value) = details[Self.kindKey], let value = value as? EventKind {
            kind = value
            details[Self.kindKey] = nil
        }
        if let error = event.error { details["error"] = "\(error)" }
        output.log(
            LogEntry(
                label: label, kind: kind, level: event.level, message: "\(event.message)",
                details: details.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }, file: event.file,
                function: event.function, line: event.line))
    }
}
