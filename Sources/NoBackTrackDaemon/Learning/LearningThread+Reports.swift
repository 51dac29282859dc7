import Logging
import NoBackTrack
import NoBackTrackWire

extension LearningThread {
    /// Tells subscribers and the journal what a sample has shown.
    ///
    /// - Parameters:
    ///   - reports: of the newest sample, or of a gap before the next one.
    ///   - time: that of the sample.
    func tell(_ reports: [ConditionReport], of stream: LearningStream, _ time: Double?) {
        // Their events come before the forecast of a sample that is learned.
        let isLearned = reports.first?.condition != .gap
        var ordinal = stream.eventCount - (isLearned ? 1 : 0) - UInt64(reports.count)
        for report in reports {
            ordinal += 1
            let message = stream.message(report, time: time)
            if let feed = stream.leave(message, ordinal: ordinal) { conditionFeeds.append(feed) }
            logger.log(report.eventKind, metadata: message.logMetadata)
        }
    }

    /// Tells the journal that a stream's clock was set back.
    func report(resetOf stream: LearningStream, to time: Double?) {
        logger.log(
            .clockSetBack,
            metadata: [
                "stream": "\(stream.name)", "step": "\(stream.learner.stepCount)",
                "from": "\(stream.time.map { "\($0)" } ?? "unknown")",
                "to": "\(time.map { "\($0)" } ?? "unknown")",
            ])
    }
}

extension ConditionReport {
    fileprivate var eventKind: EventKind {
        switch condition {
        case .stuck: hasEnded ? .channelMoves : .channelStuck
        case .levelShift: .levelShift
        case .scaleChange: .scaleChange
        case .gap: .samplesMissing
        case .drift: .forecastsWorse
        }
    }
}

extension ConditionMessage {
    fileprivate var logMetadata: Logger.Metadata {
        var metadata: Logger.Metadata = [
            "stream": "\(stream)", "step": "\(step)", "condition": "\(condition)",
            "state": "\(state.rawValue)",
        ]
        metadata["channel"] = channel.map { "\($0)" }
        metadata["factor"] = factor.map { "\($0)" }
        metadata["distance"] = distance.map { "\($0)" }
        metadata["ratio"] = ratio.map { "\($0)" }
        metadata["samples"] = samples.map { "\($0)" }
        return metadata
    }
}
