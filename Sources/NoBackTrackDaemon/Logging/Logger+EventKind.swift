package import Logging

extension Logger {
    /// Logs that something of a known kind has happened, at the kind's level.
    ///
    /// - Parameter message: nil: the kind's subject.
    package func log(
        _ kind: EventKind, _ message: @autoclosure () -> Logger.Message? = nil,
        metadata: @autoclosure () -> Logger.Metadata = [:], file: String = #fileID,
        function: String = #function,
        line: UInt = #line
    ) {
        log(
            level: kind.level, message() ?? "\(kind.explanation.subject)",
            metadata: metadata().merging([DaemonLogHandler.kindKey: .stringConvertible(kind)]) { own, _ in own
            },
            file: file, function: function, line: line)
    }
}
