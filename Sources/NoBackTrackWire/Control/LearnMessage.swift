/// The answer to `learn`: whether a stream's parameters move.
package struct LearnMessage: ControlMessage, Equatable {
    /// True.
    package var ok: Bool
    /// `learn`.
    package var op: String
    /// The request's identifier.
    package var id: RequestIdentifier?
    /// The stream's name.
    package var stream: String
    /// Whether samples change parameters now.
    package var enabled: Bool

    /// Creates the answer.
    package init(id: RequestIdentifier? = nil, stream: String, enabled: Bool) {
        ok = true
        op = "learn"
        self.id = id
        self.stream = stream
        self.enabled = enabled
    }
}
