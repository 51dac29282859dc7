import NoBackTrack
import NoBackTrackWire

extension LearningStream {
    /// What the samples' times have shown.
    var clockStatus: ClockStatus {
        let counts = learner.clock.counts
        return ClockStatus(
            interval: learner.clock.interval, missingSamples: counts.missingSamples, gaps: counts.gaps,
            duplicates: counts.duplicates, late: counts.late, clockResets: counts.resets)
    }

    /// Values missing in samples that came: those of samples that did not come are counted as samples.
    func missingValues(of learner: StreamLearner) -> UInt64 {
        learner.missingValues - self.learner.clock.counts.missingSamples * UInt64(channels.count)
    }

    /// Why a sample is not taken that comes again or too late.
    func refusal(of verdict: SampleClock.Verdict, time: Double?) -> RouteRefusal? {
        func seconds(_ time: Double?) -> String { time.map { "\($0)" } ?? "?" }
        switch verdict {
        case .duplicate:
            return RouteRefusal(
                .duplicateSample, "the newest sample once more: time \(seconds(time)) and the same values")
        case .late:
            return RouteRefusal(
                .lateSample,
                "time \(seconds(time)) is before \(seconds(self.time)), that of the newest sample of '\(name)'"
            )
        case .take, .takeAfterGap, .takeAfterReset, .missing: return nil
        }
    }
}
