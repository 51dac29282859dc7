import NoBackTrack
import NoBackTrackWire

extension LearningStream {
    /// Leaves the newest sample's event in the stream's feed, as numbers.
    ///
    /// - Returns: the feed, when it was empty and is to be published.
    func leaveEvent(level: Double) -> StreamFeed? {
        guard let feed else { return nil }
        let isFirst = feed.leave(newestEvent) { buffer in
            appendFigures(level: level) { buffer.append(figure: $0) }
        }
        return isFirst ? feed : nil
    }

    /// Appends the newest sample's event as a line of JSON.
    ///
    /// - Parameter figures: used for its room.
    func appendEventLine(level: Double, figures: inout [Double], to bytes: inout [UInt8]) {
        guard let writer = eventWriter(level: level) else {
            return event(level: level).appendLine(to: &bytes)
        }
        figures.removeAll(keepingCapacity: true)
        appendFigures(level: level) { figures.append($0) }
        let event = newestEvent
        writer.appendLine(
            step: event.step, time: event.time, warming: event.warming, score: event.score,
            figures: figures[...], to: &bytes)
    }

    private var newestEvent: EventBuffer.Event {
        switch kind {
        case .numbers:
            EventBuffer.Event(
                step: learner.stepCount, time: time,
                warming: learner.numbers?.warming.map { Warming(seen: $0.seen, needed: $0.needed) },
                score: learner.numbers?.score)
        case .symbols:
            EventBuffer.Event(
                step: learner.stepCount, time: time,
                warming: learner.stepCount == 0 ? Warming(seen: 0, needed: 1) : nil,
                score: learner.symbols?.score, bits: learner.symbols?.newestBits)
        }
    }

    /// Three figures for every head, or each symbol with its probability.
    private func appendFigures(level: Double, _ append: (Double) -> Void) {
        for head in 0..<(learner.numbers?.headCount ?? 0) {
            append(learner.numbers?.mean(head: head) ?? .nan)
            let interval = learner.numbers?.interval(head: head, level: level)
            append(interval?.lower ?? .nan)
            append(interval?.upper ?? .nan)
        }
        for (place, symbol) in (learner.symbols?.alphabet ?? []).enumerated() {
            append(Double(symbol))
            append(learner.symbols?.probability(place: place) ?? 0)
        }
    }
}
