/// The answer to `flush`: all samples received before it are learned.
package struct FlushMessage: ControlMessage, Equatable {
    /// True.
    package var ok: Bool
    /// `flush`.
    package var op: String
    /// The request's identifier.
    package var id: RequestIdentifier?
    /// Samples learned from since the daemon started.
    package var samples: UInt64

    /// Creates the answer.
    package init(id: RequestIdentifier? = nil, samples: UInt64) {
        ok = true
        op = "flush"
        self.id = id
        self.samples = samples
    }
}
