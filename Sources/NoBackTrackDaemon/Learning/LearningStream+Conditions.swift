import NoBackTrack
import NoBackTrackWire

extension LearningStream {
    /// Leaves an event of a condition in the stream's feed.
    ///
    /// - Parameter ordinal: its number among the stream's events.
    /// - Returns: the feed, when it was empty and is to be published.
    func leave(_ message: ConditionMessage, ordinal: UInt64) -> StreamFeed? {
        guard let feed else { return nil }
        var event = EventBuffer.Event(ordinal: ordinal, step: message.step, time: message.time)
        var line: [UInt8] = []
        // Every number in it is finite.
        guard (try? message.appendLine(to: &line)) != nil else { return nil }
        event.line = line
        return feed.leave(event, []) ? feed : nil
    }

    /// The event of a condition.
    ///
    /// - Parameter time: that of the sample that showed it.
    func message(_ report: ConditionReport, time: Double?) -> ConditionMessage {
        var message = ConditionMessage(
            stream: name, step: learner.stepCount, time: time, channel: report.channel.map { channels[$0] },
            condition: report.condition.rawValue, state: report.hasEnded ? .ended : .began,
            samples: report.sampleCount)
        switch report.condition {
        case .scaleChange: message.factor = report.magnitude
        case .levelShift: message.distance = report.magnitude
        case .drift: message.ratio = report.magnitude
        case .stuck, .gap: break
        }
        return message
    }

    /// How often each condition was met, and which last.
    func conditionStatus(of learner: StreamLearner) -> ConditionStatus {
        var counts: [String: UInt64] = [:]
        for condition in Condition.allCases {
            counts[condition.rawValue] =
                condition == .gap
                ? self.learner.clock.counts.gaps : learner.conditions.count(condition)
        }
        let stuck = channels.indices.compactMap { channel in
            learner.conditions.stuckSamples(channel: channel).map {
                ConditionStatus.Present(
                    condition: Condition.stuck.rawValue, channel: channels[channel], samples: $0)
            }
        }
        return ConditionStatus(counts: counts, present: stuck)
    }
}
