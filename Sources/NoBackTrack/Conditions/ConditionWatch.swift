/// Recognises in a stream's values and errors what a person who watched it would have a name for: a value that is stuck, a
/// level shift, another scale, forecasts that have become worse. ``SampleClock`` sees the gaps.
///
/// What was recognised with the newest sample is in ``reports``; what is kept from sample to sample does not grow.
package struct ConditionWatch: Sendable {
    /// What began or ended with the newest sample.
    package private(set) var reports: [ConditionReport] = []
    /// How many reports there have been.
    package private(set) var reportCount: UInt64 = 0

    private static let largestMagnitude = 1e100

    private let targets: [Int]
    private var stuck: [StuckWatch]
    private var regimes: [RegimeWatch]
    private var losses: [LossWatch]
    /// How often each began, in the order of ``Condition/allCases``.
    private var counts: [UInt64]

    /// A watch that has seen nothing.
    ///
    /// - Parameters:
    ///   - channelCount: m ≥ 1.
    ///   - targets: the channels forecast, not empty.
    package init(channelCount: Int, targets: [Int]) {
        self.targets = targets
        stuck = Array(repeating: StuckWatch(), count: channelCount)
        regimes = Array(repeating: RegimeWatch(), count: channelCount)
        losses = Array(repeating: LossWatch(), count: targets.count)
        counts = Array(repeating: 0, count: Condition.allCases.count)
    }

    /// About how many numbers are kept.
    package static func numberCount(channelCount: Int, targetCount: Int) -> Int {
        channelCount * (MemoryLayout<StuckWatch>.stride + MemoryLayout<RegimeWatch>.stride) / 8
            + targetCount * MemoryLayout<LossWatch>.stride / 8
    }

    /// How often a condition began.
    package func count(_ condition: Condition) -> UInt64 { counts[Self.place(condition)] }

    /// How often in a row the channel's newest value has come, if it is stuck at it.
    package func stuckSamples(channel: Int) -> UInt64? {
        stuck[channel].isStuck ? stuck[channel].repeats : nil
    }

    /// Takes a sample, and has the channels' statistics begin anew whose values are on another level or scale.
    ///
    /// - Parameters:
    ///   - sample: m numbers; beyond ± 1e100 they are taken as that, and what is not finite is missing.
    ///   - normaliser: left alone unless the learner learns.
    package mutating func observe(
        _ sample: Span<Double>, _ normaliser: inout Normaliser, isLearning: Bool
    ) {
        if !reports.isEmpty { reports.removeAll(keepingCapacity: true) }
        for channel in stuck.indices {
            guard sample[channel].isFinite else { continue }
            let value = min(max(sample[channel], -Self.largestMagnitude), Self.largestMagnitude)
            switch stuck[channel].observe(value) {
            case .none: break
            case .began: report(.init(.stuck, channel: channel, sampleCount: stuck[channel].repeats))
            case .ended(let count):
                report(.init(.stuck, channel: channel, hasEnded: true, sampleCount: count))
            }
            switch regimes[channel].observe(value) {
            case .none: break
            case .level(let distance, let level):
                report(.init(.levelShift, channel: channel, magnitude: distance))
                if isLearning { normaliser.recentre(channel: channel, mean: level) }
                forgetLosses(channel: channel)
            case .scale(let factor, let level, let spread):
                report(.init(.scaleChange, channel: channel, magnitude: factor))
                if isLearning { normaliser.restart(channel: channel, mean: level, meanDeviation: spread) }
                forgetLosses(channel: channel)
            }
        }
    }

    /// Takes the error of the nearest forecast of a target, in its units; finite.
    ///
    /// - Parameter target: its place among the targets.
    package mutating func record(error: Double, target: Int) {
        // A value that is stuck is easily forecast: that is no usual loss.
        guard !stuck[targets[target]].isStuck, let ratio = losses[target].record(error) else { return }
        report(.init(.drift, channel: targets[target], magnitude: ratio))
    }

    private mutating func forgetLosses(channel: Int) {
        for target in targets.indices where targets[target] == channel { losses[target] = LossWatch() }
    }

    private mutating func report(_ report: ConditionReport) {
        reports.append(report)
        reportCount += 1
        if !report.hasEnded { counts[Self.place(report.condition)] += 1 }
    }

    private static func place(_ condition: Condition) -> Int {
        Condition.allCases.firstIndex(of: condition) ?? 0
    }
}

extension ConditionWatch {
    /// Saves or restores the watch; a state of before there was one leaves it as it is.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        var met = counts + [reportCount]
        guard try coder.exchangeIfPresent("conditions.counts", shape: [met.count], &met) else { return }
        reportCount = met.removeLast()
        counts = met
        try coder.exchange("conditions.stuck", &stuck)
        try coder.exchange("conditions.regimes", &regimes)
        try coder.exchange("conditions.losses", &losses)
    }
}
