/// What the times of a stream's samples have shown.
package struct ClockStatus: Codable, Sendable, Equatable {
    /// Seconds from sample to sample while they come regularly; nil when they do not, or have no time.
    package var interval: Double?
    /// Samples that did not come, and were passed as missing.
    package var missingSamples: UInt64
    /// Gaps of ten samples or more.
    package var gaps: UInt64
    /// Samples refused because the newest one was the same.
    package var duplicates: UInt64
    /// Samples refused because they were older than the newest.
    package var late: UInt64
    /// Times that the clock was found set back.
    package var clockResets: UInt64

    /// Creates the figures of a clock.
    package init(
        interval: Double? = nil, missingSamples: UInt64 = 0, gaps: UInt64 = 0, duplicates: UInt64 = 0,
        late: UInt64 = 0, clockResets: UInt64 = 0
    ) {
        self.interval = interval
        self.missingSamples = missingSamples
        self.gaps = gaps
        self.duplicates = duplicates
        self.late = late
        self.clockResets = clockResets
    }
}
