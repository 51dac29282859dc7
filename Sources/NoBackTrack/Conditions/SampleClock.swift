// What the times of a stream's samples say about the samples between them.
//
//   symbol   name                 meaning
//   t        newest               time of the newest sample that was taken
//   d        difference           time of the sample at hand less t
//   T        interval             median of the newest 32 differences
//   k        due                  samples missing before the one at hand: round(d / T) - 1
//            filled               how many of them were passed already
//
// A stream is regular while at least two thirds of its newest differences are within T ± 25 % and at least 90 % of them
// that close to T, 2 T, 3 T, …: one that loses a quarter of its samples is, one that is driven by events or jitters by
// more is not. Only a regular stream has missing samples.

/// Tells from the time of each sample whether samples are missing before it, and whether it is one that came before.
///
/// A value that changes with every sample and decides by nothing else, so that what is decided is the same after a
/// restart. A sample without a time is taken as it comes.
package struct SampleClock: Sendable {
    /// What is to be done with a sample.
    package enum Verdict: Sendable, Equatable {
        /// It is the next one.
        case take
        /// It is the next one; before it a gap of so many samples ended, of which ``longestFill`` at most were passed as
        /// missing.
        case takeAfterGap(missing: UInt64)
        /// It is the next one; the clock it was stamped by has been set back.
        case takeAfterReset
        /// One sample is missing before it: that is to be passed, then the same sample judged again.
        case missing
        /// It is the newest sample once more.
        case duplicate
        /// It is older than the newest sample, whose successors are learned by now.
        case late
    }

    /// What has been met since the stream began.
    package struct Counts: Sendable, Equatable {
        /// Samples that did not come and were passed as missing.
        package var missingSamples: UInt64 = 0
        /// Gaps of at least ``shortestGap`` samples.
        package var gaps: UInt64 = 0
        /// Samples refused because the newest one was the same.
        package var duplicates: UInt64 = 0
        /// Samples refused because they were older than the newest.
        package var late: UInt64 = 0
        /// Times that the clock was set back.
        package var resets: UInt64 = 0

        /// Nothing.
        package init() {}
    }

    /// How many missing samples in a row are passed as such at most.
    package static let longestFill: UInt64 = 4096
    /// How many missing samples in a row are a gap.
    package static let shortestGap: UInt64 = 10
    /// How many late samples in a row, none older than the one before, say that the clock was set back.
    package static let lateUntilReset: UInt64 = 8

    /// Differences remembered.
    private static let memory = 32
    /// How many there have to be before a stream can be regular.
    private static let fewestDifferences = 16
    /// How far a difference may be from T, or a multiple of it, in units of T.
    private static let tolerance = 0.25
    /// From this many T on a sample is missing.
    private static let shortestMiss = 1.75

    /// What has been met so far.
    package private(set) var counts = Counts()

    private var newest = 0.0
    private var hasNewest = false
    /// The newest sample's values as bits; one bit pattern for all that are missing.
    private var values: [UInt64]
    /// Whether several samples of one time have been seen that were not the same.
    private var isCoarse = false
    /// Whether samples without a time came since the newest: the next difference tells nothing.
    private var isInterrupted = false
    private var filled: UInt64 = 0
    /// Late samples in a row and in order, and the time of the last of them.
    private var lateRun: UInt64 = 0
    private var lateNewest = 0.0

    private var median = 0.0
    private var differences = [Double](repeating: 0, count: memory)
    private var differenceCount: UInt64 = 0
    /// A bit for each of the newest differences, the newest lowest: whether it is about T.
    private var singles: UInt64 = 0
    /// Whether it is about a multiple of T.
    private var multiples: UInt64 = 0
    /// From this difference on samples are missing.
    private var longestStep = Double.infinity

    /// A clock that has seen no sample.
    ///
    /// - Parameter channelCount: m ≥ 0, values of a sample.
    package init(channelCount: Int) {
        values = Array(repeating: 0, count: channelCount)
    }

    /// T in seconds, while the stream is regular.
    package var interval: Double? { longestStep.isFinite ? median : nil }

    /// Decides about a sample, and takes note of it unless one is missing before it.
    ///
    /// - Parameters:
    ///   - time: finite, in seconds; nil when the sample does not say.
    ///   - sample: m numbers; NaN stands for a missing one.
    package mutating func judge(_ time: Double?, _ sample: Span<Double>) -> Verdict {
        guard let time else {
            isInterrupted = true
            return .take
        }
        guard hasNewest else {
            hasNewest = true
            accept(time, sample)
            return .take
        }
        if time < newest { return judgeLate(time, sample) }
        if time == newest, !isCoarse {
            if isNewest(sample) {
                counts.duplicates += 1
                return .duplicate
            }
            isCoarse = true
        }
        let difference = time - newest
        guard !isInterrupted else {
            accept(time, sample)
            return .take
        }
        var verdict = Verdict.take
        if difference > longestStep {
            let due = UInt64(min((difference / median).rounded(), 1e18)) - 1
            if filled < min(due, Self.longestFill) {
                filled += 1
                counts.missingSamples += 1
                return .missing
            }
            if due >= Self.shortestGap {
                counts.gaps += 1
                verdict = .takeAfterGap(missing: due)
            }
        }
        record(difference)
        accept(time, sample)
        return verdict
    }

    private mutating func judgeLate(_ time: Double, _ sample: Span<Double>) -> Verdict {
        lateRun = lateRun > 0 && time < lateNewest ? 1 : lateRun + 1
        lateNewest = time
        guard lateRun >= Self.lateUntilReset else {
            counts.late += 1
            return .late
        }
        counts.resets += 1
        accept(time, sample)
        return .takeAfterReset
    }

    private mutating func accept(_ time: Double, _ sample: Span<Double>) {
        newest = time
        isInterrupted = false
        filled = 0
        lateRun = 0
        var kept = values.mutableSpan
        for channel in kept.indices { kept[channel] = Self.pattern(sample[channel]) }
    }

    private func isNewest(_ sample: Span<Double>) -> Bool {
        values.indices.allSatisfy { values[$0] == Self.pattern(sample[$0]) }
    }

    /// Equal for equal values, zeros of both signs and all that stand for a missing one.
    private static func pattern(_ value: Double) -> UInt64 {
        value.isFinite ? (value + 0).bitPattern : Double.nan.bitPattern
    }
}

// MARK: - The interval

extension SampleClock {
    private mutating func record(_ difference: Double) {
        differences[Int(differenceCount % UInt64(Self.memory))] = difference
        differenceCount += 1
        // A new median now and then: early on the old one is of few, and of a regular stream it will do for longer.
        let refresh: UInt64 =
            differenceCount < UInt64(Self.memory) ? 8 : UInt64(longestStep.isFinite ? 256 : Self.memory)
        if differenceCount % refresh == 0 {
            refreshMedian()
        } else {
            mark(difference)
        }
        judgeRegularity()
    }

    private mutating func mark(_ difference: Double) {
        let ratio = difference / median
        let multiple = max(ratio.rounded(), 1)
        let isMultiple = (ratio - multiple).magnitude <= Self.tolerance
        multiples = multiples << 1 | (isMultiple ? 1 : 0)
        singles = singles << 1 | (isMultiple && multiple == 1 ? 1 : 0)
    }

    private mutating func refreshMedian() {
        let count = Int(min(differenceCount, UInt64(Self.memory)))
        // In place of a sorted copy, which would be taken from the heap: how many are below each.
        for candidate in 0..<count {
            let value = differences[candidate]
            var below = 0
            var equal = 0
            for other in 0..<count {
                below += differences[other] < value ? 1 : 0
                equal += differences[other] == value ? 1 : 0
            }
            if below <= (count - 1) / 2, below + equal > (count - 1) / 2 {
                median = value
                break
            }
        }
        (singles, multiples) = (0, 0)
        let oldest = differenceCount - UInt64(count)
        for place in oldest..<differenceCount { mark(differences[Int(place % UInt64(Self.memory))]) }
    }

    private mutating func judgeRegularity() {
        let count = Int(min(differenceCount, UInt64(Self.memory)))
        let mask: UInt64 = (1 << UInt64(count)) - 1
        let isRegular =
            count >= Self.fewestDifferences && median > 0
            && 3 * (singles & mask).nonzeroBitCount >= 2 * count
            && 10 * (multiples & mask).nonzeroBitCount >= 9 * count
        longestStep = isRegular ? Self.shortestMiss * median : .infinity
    }
}

// MARK: - State

extension SampleClock: ResumableLearner {
    /// Saves or restores the clock; a state of before there was one leaves it as it is.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        var met = [counts.missingSamples, counts.gaps, counts.duplicates, counts.late, counts.resets]
        guard try coder.exchangeIfPresent("clock.counts", shape: [5], &met) else { return }
        var moments = [newest, lateNewest, median]
        var marks = [
            hasNewest ? 1 : 0, isCoarse ? 1 : 0, isInterrupted ? 1 : 0, filled, lateRun, differenceCount,
            singles, multiples,
        ]
        try coder.exchange("clock.moments", shape: [3], &moments)
        try coder.exchange(bits: "clock.marks", shape: [8], &marks)
        guard marks[3...5].allSatisfy(\.isSound) else {
            throw .invalid(name: "clock.marks", reason: "\(marks) counts farther than samples come")
        }
        try coder.exchange("clock.differences", shape: [Self.memory], &differences)
        try coder.exchange(bits: "clock.newest", shape: [values.count], &values)
        (counts.missingSamples, counts.gaps, counts.duplicates) = (met[0], met[1], met[2])
        (counts.late, counts.resets) = (met[3], met[4])
        (newest, lateNewest, median) = (moments[0], moments[1], moments[2])
        (hasNewest, isCoarse, isInterrupted) = (marks[0] != 0, marks[1] != 0, marks[2] != 0)
        (filled, lateRun, differenceCount) = (marks[3], marks[4], marks[5])
        (singles, multiples) = (marks[6], marks[7])
        judgeRegularity()
    }
}
