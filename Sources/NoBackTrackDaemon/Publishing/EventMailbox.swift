import Synchronization

/// What waits to be written to one connection of the predict socket: answers, and events bounded in number and bytes.
///
/// The learner never waits here. When events come faster than the reader takes them the oldest goes, and the
/// next one that is delivered says how many are missing.
final class EventMailbox: Sendable {
    /// A line to write, without the count of dropped events.
    enum Line: Sendable {
        case answer([UInt8])
        /// With how many events are missing just before it, beside those dropped here.
        case event([UInt8], missing: UInt64)
    }

    private struct State {
        var lines: [Line] = []
        var head = 0
        var events = 0
        /// What the events take.
        var eventBytes = 0
        var answers = 0
        var dropped: UInt64 = 0
        var isClosed = false
        var reader: CheckedContinuation<Void, Never>?
        var sender: CheckedContinuation<Void, Never>?

        mutating func takeReader() -> CheckedContinuation<Void, Never>? {
            defer { reader = nil }
            return reader
        }
    }

    /// About how many bytes are taken at a time.
    private static let writeBytes = 65_536

    private let capacity: Int
    private let maxBytes: Int
    private let meter: EventMeter
    private let state = Mutex(State())

    /// A mailbox for at most `capacity` events, at least 1, that take at most `maxBytes` together unless there is
    /// only one.
    ///
    /// - Parameter meter: counts them, with those of other mailboxes.
    init(capacity: Int, maxBytes: Int, meter: EventMeter = EventMeter()) {
        self.capacity = capacity
        self.maxBytes = maxBytes
        self.meter = meter
    }

    /// Leaves an event, a JSON object's line. Never waits.
    func offer(event: [UInt8]) { offer(events: [event], missing: 0) }

    /// Leaves events, each a JSON object's line, before which so many are missing. Never waits.
    func offer(events: ArraySlice<[UInt8]>, missing: UInt64) {
        let reader = state.withLock { state in
            guard !state.isClosed else { return nil as CheckedContinuation<Void, Never>? }
            meter.dropped(missing)
            var missing = missing
            for event in events {
                while state.events >= capacity
                    || (state.events > 0 && state.eventBytes + event.count > maxBytes)
                {
                    Self.dropOldest(&state)
                    meter.dropped(1)
                }
                state.lines.append(.event(event, missing: missing))
                state.events += 1
                state.eventBytes += event.count
                missing = 0
            }
            return state.takeReader()
        }
        reader?.resume()
    }

    /// Leaves an answer. Never waits; ``answersTaken()`` does.
    func put(answer: [UInt8]) {
        let reader = state.withLock { state in
            if !state.isClosed {
                state.lines.append(.answer(answer))
                state.answers += 1
            }
            return state.takeReader()
        }
        reader?.resume()
    }

    /// Waits until every line that was left is taken, so that one who asks and never reads is not asked for more.
    /// One task at a time.
    func answersTaken() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                let isEmpty = state.isClosed || state.answers == 0
                if !isEmpty { state.sender = continuation }
                return isEmpty
            }
            if isEmpty { continuation.resume() }
        }
    }

    /// Takes what waits, as bytes to write, about ``writeBytes`` at most; waits for something.
    ///
    /// - Returns: nil after ``close()`` when nothing is left. One task at a time.
    func next() async -> [UInt8]? {
        while true {
            let (bytes, isClosed, sender) = state.withLock { state in
                let events = state.events
                let bytes = Self.take(&state)
                meter.delivered(UInt64(events - state.events))
                let sender = state.answers > 0 ? nil : state.sender
                if state.answers == 0 { state.sender = nil }
                return (bytes, state.isClosed, sender)
            }
            sender?.resume()
            if !bytes.isEmpty { return bytes }
            if isClosed { return nil }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    let isReady = state.isClosed || state.head < state.lines.count
                    if !isReady { state.reader = continuation }
                    return isReady
                }
                if isReady { continuation.resume() }
            }
        }
    }

    /// Takes nothing more in; what waits is still delivered.
    func close() {
        let (reader, sender) = state.withLock { state in
            state.isClosed = true
            defer { state.sender = nil }
            return (state.takeReader(), state.sender)
        }
        reader?.resume()
        sender?.resume()
    }

    private static func dropOldest(_ state: inout State) {
        guard let oldest = state.lines[state.head...].firstIndex(where: { !$0.isAnswer }) else { return }
        if case .event(let line, let missing) = state.lines[oldest] {
            state.dropped += missing
            state.eventBytes -= line.count
        }
        // Nearly always the head; behind an answer it is taken out of the middle.
        if oldest == state.head {
            state.lines[state.head] = .gone
            state.head += 1
            compact(&state)
        } else {
            state.lines.remove(at: oldest)
        }
        state.events -= 1
        state.dropped += 1
    }

    private static func take(_ state: inout State) -> [UInt8] {
        var bytes: [UInt8] = []
        while state.head < state.lines.count, bytes.count < writeBytes {
            switch state.lines[state.head] {
            case .answer(let line):
                bytes += line
                state.answers -= 1
            case .event(let line, let missing):
                state.dropped += missing
                if state.dropped > 0, line.first == UInt8(ascii: "{") {
                    bytes += Array("{\"dropped\":\(state.dropped),".utf8)
                    bytes += line.dropFirst()
                    state.dropped = 0
                } else {
                    bytes += line
                }
                state.events -= 1
                state.eventBytes -= line.count
            }
            state.lines[state.head] = .gone
            state.head += 1
        }
        compact(&state)
        return bytes
    }

    /// Gives back the room of lines that were taken, now and then, so that taking stays cheap.
    private static func compact(_ state: inout State) {
        guard state.head >= 64, state.head * 2 >= state.lines.count else {
            if state.head == state.lines.count {
                state.lines.removeAll(keepingCapacity: true)
                state.head = 0
            }
            return
        }
        state.lines.removeSubrange(..<state.head)
        state.head = 0
    }
}

extension EventMailbox.Line {
    /// In the place of a line that was taken or dropped, so that its bytes are given back at once.
    fileprivate static var gone: Self { .answer([]) }

    fileprivate var isAnswer: Bool {
        if case .answer = self { true } else { false }
    }
}
