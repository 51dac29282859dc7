import NoBackTrackWire

/// The answer to `learn`.
struct LearnMessage: ControlMessage, Equatable {
    var ok = true
    var op = "learn"
    var id: RequestIdentifier?
    var stream: String
    /// Whether samples change parameters now.
    var enabled: Bool

    init(id: RequestIdentifier?, stream: String, enabled: Bool) {
        self.id = id
        self.stream = stream
        self.enabled = enabled
    }
}

extension EventMailbox {
    /// Leaves a message as an answer.
    func put(message: some ControlMessage) {
        var line: [UInt8] = []
        do { try message.appendLine(to: &line) } catch {
            preconditionFailure("an answer has a number that is not finite: \(error)")
        }
        put(answer: line)
    }
}
