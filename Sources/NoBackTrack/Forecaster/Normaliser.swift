// Running mean and variance with a memory that stops growing.
//
//   symbol   name          shape
//   μ        mean          m      μ ← μ + r d
//   σ²       variance      m      σ² ← (1 - r) (σ² + r d²)
//   d        deviation     1      x - μ, held within ±16 σ once σ is known
//   r        rate          1      max(1 / samples, slowestRate)

/// Standardises each channel by what was seen of it before.
package struct Normaliser: Sendable {
    /// Standardised values are held within ± this many standard deviations.
    package static let clip = 8.0

    private static let slowestRate = 1.0 / 10_000
    /// From this many samples on, one outlier may no longer decide the scale alone.
    private static let samplesUntilRobust: UInt64 = 30
    private static let largestDeviation = 16.0
    /// Samples that a new scale counts as.
    private static let restartCount: UInt64 = 16
    /// Samples that the old scale counts as about a new mean.
    private static let recentreCount: UInt64 = 256

    private var mean: [Double]
    private var variance: [Double]
    private var counts: [UInt64]

    /// Statistics of nothing yet.
    package init(channelCount: Int) {
        mean = Array(repeating: 0, count: channelCount)
        variance = Array(repeating: 0, count: channelCount)
        counts = Array(repeating: 0, count: channelCount)
    }

    /// σ of the channel; 0 while it has not varied.
    package func scale(channel: Int) -> Double { variance[channel].squareRoot() }

    /// (x − μ) / σ held within ±``clip``; 0 while the channel has not varied.
    package func standardise(_ value: Double, channel: Int) -> Double {
        let scale = scale(channel: channel)
        guard scale > 0 else { return 0 }
        return min(max((value - mean[channel]) / scale, -Self.clip), Self.clip)
    }

    /// The value, held within ±``clip`` standard deviations of the mean; as it is while the channel has not varied.
    package func hold(_ value: Double, channel: Int) -> Double {
        let reach = Self.clip * scale(channel: channel)
        guard reach > 0 else { return value }
        return min(max(value, mean[channel] - reach), mean[channel] + reach)
    }

    /// Takes a value, finite and at most 1e150 in magnitude, into the statistics.
    package mutating func absorb(_ value: Double, channel: Int) {
        var deviation = value - mean[channel]
        let scale = scale(channel: channel)
        if counts[channel] >= Self.samplesUntilRobust, scale > 0 {
            let largest = Self.largestDeviation * scale
            deviation = min(max(deviation, -largest), largest)
        }
        counts[channel] += 1
        let rate = max(1 / Double(counts[channel]), Self.slowestRate)
        variance[channel] = (1 - rate) * (variance[channel] + rate * deviation * deviation)
        mean[channel] += rate * deviation
    }

    /// Has a channel's statistics begin anew where its values vary by another order of magnitude: at the slowest rate,
    /// and with every deviation held, they would take thousands of samples.
    ///
    /// - Parameters:
    ///   - mean: what is known of the new mean.
    ///   - meanDeviation: and of the mean distance from it, > 0; as if of ``restartCount`` samples.
    package mutating func restart(channel: Int, mean newMean: Double, meanDeviation: Double) {
        mean[channel] = newMean
        // A normal distribution's standard deviation is √(π/2) mean deviations.
        variance[channel] = meanDeviation * meanDeviation * (Double.pi / 2)
        counts[channel] = Self.restartCount
    }

    /// Has a channel's mean begin anew where its values have moved to another level.
    package mutating func recentre(channel: Int, mean newMean: Double) {
        mean[channel] = newMean
        counts[channel] = min(counts[channel], Self.recentreCount)
    }

    /// Saves or restores the statistics.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        let shape = [mean.count]
        try coder.exchange("normaliser.mean", shape: shape, &mean)
        try coder.exchange("normaliser.variance", shape: shape, &variance)
        try coder.exchange("normaliser.count", shape: shape, &counts)
    }
}
