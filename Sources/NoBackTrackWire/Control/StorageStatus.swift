/// Whether what is learned reaches the disk.
package struct StorageStatus: Codable, Sendable, Equatable {
    /// Whether it does.
    package enum State: String, Codable, Sendable {
        case ok, failing
    }

    /// The journal of accepted samples.
    package struct Journal: Codable, Sendable, Equatable {
        /// Segments on disk.
        package var segments: Int
        /// Their size.
        package var bytes: Int
        /// Entries accepted since the start that would not survive a power failure yet.
        package var pending: UInt64

        /// Creates the figures.
        package init(segments: Int, bytes: Int, pending: UInt64) {
            self.segments = segments
            self.bytes = bytes
            self.pending = pending
        }
    }

    /// Whether it does.
    package var state: State
    /// What cannot be written and why; nil while all can.
    package var error: String?
    /// Since when, in seconds since 1970; nil while all can.
    package var since: Double?
    /// How often that began since the start.
    package var failures: UInt64
    /// What happens then: `continue`, `stopLearning` or `exit`.
    package var onFailure: String
    /// Nil when there is none.
    package var journal: Journal?

    /// Creates the status.
    package init(
        state: State, error: String?, since: Double?, failures: UInt64, onFailure: String, journal: Journal?
    ) {
        self.state = state
        self.error = error
        self.since = since
        self.failures = failures
        self.onFailure = onFailure
        self.journal = journal
    }
}
