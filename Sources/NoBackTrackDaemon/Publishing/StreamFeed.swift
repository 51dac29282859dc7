import NoBackTrackWire
import Synchronization

/// One connection's wish for the events of one stream.
final class Subscription: Sendable {
    let mailbox: EventMailbox
    /// The ordinal of the next event it is to get.
    private let next = Mutex<UInt64>(0)

    init(_ mailbox: EventMailbox) { self.mailbox = mailbox }

    /// Begins behind so many events, or goes on where it was before the stream had left memory.
    ///
    /// - Parameter isNew: whether those events were none of its.
    func begin(after ordinal: UInt64, isNew: Bool) {
        // A stream whose state was set aside begins anew.
        next.withLock { if isNew || $0 > ordinal { $0 = ordinal + 1 } }
    }

    /// Leaves those of some events that it did not get, and tells how many are missing before each of them.
    ///
    /// - Parameter ordinals: ascending, one for every line.
    func deliver(_ lines: [[UInt8]], ordinals: [UInt64]) {
        guard let last = ordinals.last else { return }
        var expected = next.withLock { next in
            defer { next = max(next, last + 1) }
            return next
        }
        var start = ordinals.firstIndex { $0 >= expected } ?? lines.count
        while start < lines.count {
            // Events that follow each other go together.
            var end = start + 1
            while end < lines.count, ordinals[end] == ordinals[end - 1] + 1 { end += 1 }
            mailbox.offer(
                events: lines[start..<end], missing: expected == 0 ? 0 : ordinals[start] - expected)
            expected = ordinals[end - 1] + 1
            start = end
        }
    }
}

/// The way of one stream's events from the thread that learns it to the one that publishes them.
///
/// The learner leaves numbers and never waits for longer than it takes to exchange two buffers; when they are not
/// fetched soon enough the oldest go. Every event has an ordinal, so each subscription knows how many it missed.
final class StreamFeed: Sendable {
    private struct State {
        var events = EventBuffer()
        var subscriptions: [Subscription] = []
    }

    /// Events that a mailbox gets even of a small budget.
    private static let fewestOfARound = 16
    /// Nanoseconds in which a stream in a flood is taken to learn a sample at least.
    private static let longestStep: UInt64 = 50_000

    private let stream: String
    /// Nil for symbols.
    private let writer: ForecastEventWriter?
    private let capacity: Int
    private let maxBytes: Int
    private let state = Mutex(State())
    /// Events that a mailbox gets of the next round, as far as that is known.
    private let wanted = Atomic(Int.max)

    /// A feed of a stream without subscriptions, for at most `capacity` events, at most `maxBytes` of them as numbers
    /// and as text unless there is only one.
    ///
    /// - Parameter writer: nil for a stream of symbols.
    init(stream: String, writer: ForecastEventWriter?, capacity: Int, maxBytes: Int) {
        self.stream = stream
        self.writer = writer
        self.capacity = capacity
        self.maxBytes = maxBytes
    }

    /// Leaves an event.
    ///
    /// - Parameter figures: three for every head, or symbols each with its probability.
    /// - Returns: whether it is the first since the last ``deliver(using:)``.
    func leave(_ event: EventBuffer.Event, _ figures: [Double]) -> Bool {
        state.withLock { state in
            let isFirst = state.events.count == 0
            state.events.append(event, figures, capacity: capacity, maxBytes: maxBytes)
            return isFirst
        }
    }

    /// How long before a round events are of use to it, in nanoseconds: what comes earlier will have gone by then.
    var leadOfARound: UInt64 {
        let events = wanted.load(ordering: .relaxed)
        return events == .max ? .max : UInt64(events) * Self.longestStep
    }

    /// Has a subscription get the events from now on.
    func add(_ subscription: Subscription) { state.withLock { $0.subscriptions.append(subscription) } }

    /// Has a mailbox get no more events.
    ///
    /// - Returns: whether nobody is left.
    func remove(_ mailbox: EventMailbox) -> Bool {
        state.withLock { state in
            state.subscriptions.removeAll { $0.mailbox === mailbox }
            return state.subscriptions.isEmpty
        }
    }

    /// Who gets the events.
    var subscriptions: [Subscription] { state.withLock { $0.subscriptions } }

    /// Writes the events as text, once for all, and leaves them in the mailboxes.
    ///
    /// - Parameters:
    ///   - buffer: empty before and after.
    ///   - budget: lines for all mailboxes together, of which each gets its part of the newest; nil: all there are.
    /// - Returns: how many mailboxes there are.
    @discardableResult
    func deliver(using buffer: inout EventBuffer, budget: Int? = nil) -> Int {
        let subscriptions = state.withLock { state in
            swap(&state.events, &buffer)
            return state.subscriptions
        }
        defer { buffer.removeAll() }
        guard buffer.count > 0, !subscriptions.isEmpty else { return 0 }
        var lines: [[UInt8]] = []
        var ordinals: [UInt64] = []
        var text: [UInt8] = []
        let wanted = budget.map { max($0 / subscriptions.count, Self.fewestOfARound) } ?? .max
        self.wanted.store(wanted, ordering: .relaxed)
        let first = max(buffer.count - wanted, 0)
        var bytes = 0
        // From the newest on: what no mailbox would have room for need not be written.
        for number in (first..<buffer.count).reversed() {
            text.removeAll(keepingCapacity: true)
            append(buffer[number], to: &text)
            bytes += text.count
            if bytes > maxBytes, !lines.isEmpty { break }
            lines.append(Array(text[...]))
            ordinals.append(buffer[number].event.ordinal)
        }
        lines.reverse()
        ordinals.reverse()
        for subscription in subscriptions { subscription.deliver(lines, ordinals: ordinals) }
        return subscriptions.count
    }

    private func append(
        _ entry: (event: EventBuffer.Event, figures: ArraySlice<Double>), to text: inout [UInt8]
    ) {
        let event = entry.event
        if let line = event.line { return text += line }
        if let writer {
            return writer.appendLine(
                step: event.step, time: event.time, warming: event.warming, score: event.score,
                figures: entry.figures, to: &text)
        }
        let symbols = stride(from: entry.figures.startIndex, to: entry.figures.endIndex, by: 2).map { place in
            SymbolProbabilities.Entry(
                symbol: UInt8(entry.figures[place]), probability: entry.figures[place + 1])
        }
        ForecastMessage(
            event: "forecast", stream: stream, step: event.step, time: event.time, warming: event.warming,
            score: event.score, bits: event.bits, probabilities: SymbolProbabilities(symbols)
        ).appendLine(to: &text)
    }
}
