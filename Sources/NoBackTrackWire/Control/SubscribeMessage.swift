/// The answer to `subscribe`: events follow.
package struct SubscribeMessage: ControlMessage, Equatable {
    /// True.
    package var ok: Bool
    /// `subscribe`.
    package var op: String
    /// The request's identifier.
    package var id: RequestIdentifier?
    /// The stream whose events follow; nil when there is none yet and the first to come is meant.
    package var stream: String?

    /// Creates the answer.
    package init(id: RequestIdentifier? = nil, stream: String?) {
        ok = true
        op = "subscribe"
        self.id = id
        self.stream = stream
    }
}
