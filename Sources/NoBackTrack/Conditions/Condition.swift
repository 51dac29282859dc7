/// What a stream's values, errors or times can show beside being surprising. The raw values are promised to users.
package enum Condition: String, Sendable, CaseIterable {
    /// A channel has had one value for far longer than it ever did.
    case stuck
    /// A channel's values have lastingly moved to where they had not been.
    case levelShift = "level_shift"
    /// A channel varies by another order of magnitude.
    case scaleChange = "scale_change"
    /// Samples did not come.
    case gap
    /// A channel's forecasts have lastingly become worse than they were.
    case drift
}

/// One condition that began or ended with a sample.
package struct ConditionReport: Sendable, Equatable {
    /// Which one.
    package var condition: Condition
    /// The channel by index; nil where it is all of them.
    package var channel: Int?
    /// Whether it ended; what has no duration only begins, and of a gap only the end is seen.
    package var hasEnded = false
    /// By how much: the factor of a scale change, the ratio of the losses of a drift, the distance of a level shift in
    /// the channel's own units; nil of others. Finite.
    package var magnitude: Double?
    /// Samples that it lasted, or has lasted when it is recognised; nil where it has no duration.
    package var sampleCount: UInt64?

    /// A report of a condition.
    package init(
        _ condition: Condition, channel: Int? = nil, hasEnded: Bool = false, magnitude: Double? = nil,
        sampleCount: UInt64? = nil
    ) {
        self.condition = condition
        self.channel = channel
        self.hasEnded = hasEnded
        self.magnitude = magnitude
        self.sampleCount = sampleCount
    }
}
