/// Why the daemon ends without having been asked to.
package struct DaemonFailure: Error, Equatable, CustomStringConvertible {
    /// What a service manager or a script learns; the values of `sysexits.h`.
    package enum Code: Int32, Sendable {
        /// The arguments cannot be used.
        case usage = 64
        /// Input or state cannot be used.
        case unusableData = 65
        /// Reading, writing or opening something failed.
        case inputOutput = 74
        /// The configuration cannot be used.
        case configuration = 78

        /// What the log's last message is about.
        package var eventKind: EventKind {
            switch self {
            case .usage: .argumentsUnusable
            case .unusableData: .dataUnusable
            case .inputOutput: .inputOutputFailed
            case .configuration: .configurationUnusable
            }
        }
    }

    /// The exit code.
    package var code: Code
    /// What happened and what to do.
    package var message: String

    /// A failure with its reason.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The reason.
    package var description: String { message }
}
