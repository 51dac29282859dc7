import NoBackTrack
import NoBackTrackWire

extension LearningStream {
    /// Events so far, one for every sample that came and every condition: the newest event's ordinal.
    var eventCount: UInt64 {
        let met = learner.clock.counts
        return learner.stepCount - met.missingSamples + learner.reportCount + met.gaps
    }

    /// Leaves the newest sample's event in the stream's feed, as numbers.
    ///
    /// - Parameter figures: used for its room.
    /// - Returns: the feed, when it was empty and is to be published.
    func leaveEvent(level: Double, figures: inout [Double]) -> StreamFeed? {
        guard let feed else { return nil }
        return feed.leave(newestEvent(level: level, figures: &figures), figures) ? feed : nil
    }

    /// Appends the newest sample's event as a line of JSON.
    ///
    /// - Parameter figures: used for its room.
    func appendEventLine(level: Double, figures: inout [Double], to bytes: inout [UInt8]) {
        guard let writer = eventWriter(level: level) else {
            return event(level: level).appendLine(to: &bytes)
        }
        let event = newestEvent(level: level, figures: &figures)
        writer.appendLine(
            step: event.step, time: event.time, warming: event.warming, score: event.score,
            figures: figures[...], to: &bytes)
    }

    /// The newest sample's event and its figures: mean, lower and upper bound of every head, NaN where there is none;
    /// or each symbol with its probability.
    private func newestEvent(level: Double, figures: inout [Double]) -> EventBuffer.Event {
        figures.removeAll(keepingCapacity: true)
        var event = EventBuffer.Event(ordinal: eventCount, step: learner.stepCount, time: time)
        let isWarm = isWarm
        let warming =
            learner.lendNumbers { learner in
                learner.appendFigures(level: level, to: &figures)
                event.score = learner.score
                return isWarm ? nil : learner.warming
            } ?? nil
        learner.lendSymbols { learner in
            learner.appendFigures(to: &figures)
            event.score = learner.score
            event.bits = learner.newestBits
        }
        event.warming = warming.map { Warming(seen: $0.seen, needed: $0.needed) }
        // What was warm once stays so, unless a channel is yet to be seen.
        if !isWarm, kind == .numbers, warming == nil { self.isWarm = !figures.contains { $0.isNaN } }
        return event
    }
}

extension StreamLearner {
    fileprivate func appendFigures(level: Double, to figures: inout [Double]) {
        for head in 0..<headCount {
            figures.append(mean(head: head) ?? .nan)
            let interval = interval(head: head, level: level)
            figures.append(interval?.lower ?? .nan)
            figures.append(interval?.upper ?? .nan)
        }
    }
}

extension SymbolLearner {
    fileprivate func appendFigures(to figures: inout [Double]) {
        for (place, symbol) in alphabet.enumerated() {
            figures.append(Double(symbol))
            figures.append(probability(place: place))
        }
    }
}
