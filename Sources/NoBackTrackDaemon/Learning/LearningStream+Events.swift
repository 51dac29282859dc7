import NoBackTrack
import NoBackTrackWire

extension LearningStream {
    /// Leaves the newest sample's event in the stream's feed, as numbers.
    ///
    /// - Returns: the feed, when it was empty and is to be published.
    func leaveEvent(level: Double) -> StreamFeed? {
        guard let feed else { return nil }
        let (step, time) = (learner.stepCount, time)
        let isFirst =
            learner.lendNumbers { learner in
                feed.leave(learner.event(step: step, time: time)) { buffer in
                    learner.forEachFigure(level: level) { buffer.append(figure: $0) }
                }
            }
            ?? learner.lendSymbols { learner in
                feed.leave(learner.event(step: step, time: time)) { buffer in
                    learner.forEachFigure { buffer.append(figure: $0) }
                }
            }
        return isFirst == true ? feed : nil
    }

    /// Appends the newest sample's event as a line of JSON.
    ///
    /// - Parameter figures: used for its room.
    func appendEventLine(level: Double, figures: inout [Double], to bytes: inout [UInt8]) {
        guard let writer = eventWriter(level: level) else {
            return event(level: level).appendLine(to: &bytes)
        }
        figures.removeAll(keepingCapacity: true)
        let (step, time) = (learner.stepCount, time)
        learner.lendNumbers { learner in
            learner.forEachFigure(level: level) { figures.append($0) }
            let event = learner.event(step: step, time: time)
            writer.appendLine(
                step: step, time: time, warming: event.warming, score: event.score, figures: figures[...],
                to: &bytes)
        }
    }
}

extension StreamLearner {
    fileprivate func event(step: UInt64, time: Double?) -> EventBuffer.Event {
        EventBuffer.Event(
            step: step, time: time, warming: warming.map { Warming(seen: $0.seen, needed: $0.needed) },
            score: score)
    }

    /// Mean, lower and upper bound of every head, NaN where there is none.
    fileprivate func forEachFigure(level: Double, _ body: (Double) -> Void) {
        for head in 0..<headCount {
            body(mean(head: head) ?? .nan)
            let interval = interval(head: head, level: level)
            body(interval?.lower ?? .nan)
            body(interval?.upper ?? .nan)
        }
    }
}

extension SymbolLearner {
    fileprivate func event(step: UInt64, time: Double?) -> EventBuffer.Event {
        EventBuffer.Event(
            step: step, time: time, warming: step == 0 ? Warming(seen: 0, needed: 1) : nil, score: score,
            bits: newestBits)
    }

    /// Each symbol with its probability.
    fileprivate func forEachFigure(_ body: (Double) -> Void) {
        for (place, symbol) in alphabet.enumerated() {
            body(Double(symbol))
            body(probability(place: place))
        }
    }
}
