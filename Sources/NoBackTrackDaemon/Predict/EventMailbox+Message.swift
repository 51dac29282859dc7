import NoBackTrackWire

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
