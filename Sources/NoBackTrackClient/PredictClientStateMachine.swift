import FoundationEssentials
package import NoBackTrackWire

/// What each line from the daemon means, without I/O: which request it answers, or that it is an event.
///
/// `Waiter` is whatever the caller wants back when a request is answered, such as a promise.
package struct PredictClientStateMachine<Waiter> {
    /// What the connection does about a line.
    package enum Action {
        /// Hand the line to whoever waits for it.
        case answer(Waiter, [UInt8])
        /// Tell whoever waits that the daemon refused.
        case refuse(Waiter, PredictClientError)
        /// Hand the event to the subscriber.
        case event(ForecastMessage)
        /// Nothing yet: it comes with the next forecast, or is an event of a kind that this version does not know.
        case nothing
        /// The other side does not speak the protocol: close the connection.
        case fail(PredictClientError)
    }

    /// The fields that tell one kind of line from another.
    private struct Envelope: Decodable {
        var ok: Bool?
        var event: String?
        var id: RequestIdentifier?
        var error: ErrorMessage.Failure?
    }

    private var waiters: [(identifier: Double, waiter: Waiter)] = []
    private var nextIdentifier = 1.0
    private var isClosed = false
    /// What the next forecast event brings with it.
    private var conditions: [ConditionMessage] = []
    /// Conditions that wait for a forecast at most: the newest.
    private static var mostConditions: Int { 64 }

    /// A connection on which nothing was asked yet.
    package init() {}

    /// Takes note of a request about to be written.
    ///
    /// - Returns: The identifier the request must carry; nil when the connection is closed.
    package mutating func ask(_ waiter: Waiter) -> RequestIdentifier? {
        if isClosed { return nil }
        let identifier = nextIdentifier
        nextIdentifier += 1
        waiters.append((identifier, waiter))
        return .number(identifier)
    }

    /// Judges one line, without its newline.
    package mutating func receive(_ line: [UInt8]) -> Action {
        do {
            let envelope = try JSONDecoder().decode(Envelope.self, from: Data(line))
            if let event = envelope.event { return try receive(event: event, line) }
            guard let waiter = takeWaiter(envelope.id) else {
                return .fail(
                    .notUnderstood(
                        line: String(decoding: line, as: UTF8.self),
                        reason: "it answers nothing that was asked"))
            }
            if envelope.ok == true { return .answer(waiter, line) }
            let code = envelope.error?.code ?? "unknown"
            let message = envelope.error?.message ?? "no reason was given"
            return .refuse(waiter, .refused(code: code, message: message))
        } catch {
            return .fail(
                .notUnderstood(
                    line: String(decoding: line, as: UTF8.self), reason: "it is not the JSON of an answer"))
        }
    }

    private mutating func receive(event: String, _ line: [UInt8]) throws -> Action {
        switch event {
        case "forecast":
            var message = try ForecastMessage(line: line)
            let dropped = conditions.reduce(message.dropped ?? 0) { $0 + ($1.dropped ?? 0) }
            message.dropped = dropped > 0 ? dropped : nil
            message.conditions = conditions
            conditions = []
            return .event(message)
        case "condition":
            if conditions.count == Self.mostConditions { conditions.removeFirst() }
            conditions.append(try ConditionMessage(line: line))
        default: break
        }
        return .nothing
    }

    /// Ends the conversation.
    ///
    /// - Returns: Everybody who still waits, in the order they asked.
    package mutating func close() -> [Waiter] {
        isClosed = true
        defer { waiters = [] }
        return waiters.map(\.waiter)
    }

    /// The one who waits for this identifier. An answer without one (the daemon could not read so far) belongs
    /// to the oldest request.
    private mutating func takeWaiter(_ identifier: RequestIdentifier?) -> Waiter? {
        guard let identifier else { return waiters.isEmpty ? nil : waiters.removeFirst().waiter }
        guard
            let index = waiters.firstIndex(where: { RequestIdentifier.number($0.identifier) == identifier })
        else { return nil }
        return waiters.remove(at: index).waiter
    }
}
