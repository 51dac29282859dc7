/// Why the predict socket gave no answer.
package enum PredictClientError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No daemon accepts connections: every path that was tried, with what the connection attempt met there.
    case unreachable([Attempt])
    /// The daemon answered that it will not do it; `code` is one of the contract's codes.
    case refused(code: String, message: String)
    /// The connection ended before the answer came: the daemon stopped, or the request was cancelled.
    case closed
    /// A line that no daemon of this version writes.
    case notUnderstood(line: String, reason: String)

    /// One connection attempt that failed.
    package struct Attempt: Sendable, Equatable {
        /// The socket's path.
        package var path: String
        /// What the system said, such as `connect: No such file or directory (errno 2)`.
        package var reason: String

        /// An attempt to connect to `path` that failed for `reason`.
        package init(path: String, reason: String) {
            self.path = path
            self.reason = reason
        }
    }

    /// What happened, where, and what to do about it.
    package var description: String {
        switch self {
        case .unreachable(let attempts):
            let tried = attempts.map { "\($0.path) (\($0.reason))" }.joined(separator: ", ")
            return "no daemon listens on the predict socket: \(tried); "
                + "start nobacktrackd, or name its socket with --socket PATH"
        case .refused(let code, let message):
            return "the daemon refused: \(message) (\(code))"
        case .closed:
            return "the daemon closed the connection before it answered; see its log"
        case .notUnderstood(let line, let reason):
            return "the daemon's answer was not understood: \(reason), in: \(line.prefix(200))"
        }
    }
}
