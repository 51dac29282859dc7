import Logging
import NoBackTrack

extension LearningThread {
    /// Tells the journal of a gap that has ended.
    func report(gapOf missing: UInt64, in stream: LearningStream) {
        logger.notice(
            "Samples are missing",
            metadata: [
                "stream": "\(stream.name)", "step": "\(stream.learner.stepCount)", "missing": "\(missing)",
                "passed": "\(min(missing, SampleClock.longestFill))",
            ])
    }

    /// Tells the journal that a stream's clock was set back.
    func report(resetOf stream: LearningStream, to time: Double?) {
        logger.notice(
            "The clock of a stream was set back; it goes on from there",
            metadata: [
                "stream": "\(stream.name)", "step": "\(stream.learner.stepCount)",
                "from": "\(stream.time.map { "\($0)" } ?? "unknown")",
                "to": "\(time.map { "\($0)" } ?? "unknown")",
            ])
    }
}
