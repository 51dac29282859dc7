import Glibc
import NoBackTrackSystem

/// What the tool says, and to whom.
enum Output {
    /// Writes text to standard output at once, so that a reader sees each line as it comes.
    ///
    /// - Throws: ``SystemError`` when it cannot be written; ``isReaderGone(_:)`` tells the harmless case.
    static func write(_ text: String) throws(SystemError) {
        try StandardOutput.writeAll(Array(text.utf8))
    }

    /// Whether an error only means that whoever read standard output has left.
    static func isReaderGone(_ error: any Error) -> Bool {
        (error as? SystemError)?.code == EPIPE
    }

    /// Writes a line of complaint to standard error.
    static func complain(_ text: String) { note("nobacktrack: \(text)\n") }

    /// Writes text to standard error, as it is.
    static func note(_ text: String) {
        text.withCString { text in
            // Standard error gone too leaves nobody to tell.
            _ = withVaList([text]) { vdprintf(STDERR_FILENO, "%s", $0) }
        }
    }
}
