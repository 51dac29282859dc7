/// The answer to `reset`: what a stream had learned is forgotten, its checkpoints too.
package struct ResetMessage: ControlMessage, Equatable {
    /// True.
    package var ok: Bool
    /// `reset`.
    package var op: String
    /// The request's identifier.
    package var id: RequestIdentifier?
    /// The stream's name.
    package var stream: String
    /// How many samples it had been learned from.
    package var step: UInt64

    /// Creates the answer.
    package init(id: RequestIdentifier? = nil, stream: String, step: UInt64) {
        ok = true
        op = "reset"
        self.id = id
        self.stream = stream
        self.step = step
    }
}
