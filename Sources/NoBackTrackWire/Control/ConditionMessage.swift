/// The event that tells subscribers of a condition of a stream: a sensor that is stuck, a level shift, another scale, a gap,
/// forecasts that have become worse. It comes just before the forecast event of the sample that showed it.
package struct ConditionMessage: ControlMessage, Equatable {
    /// Whether it begins or ends. The raw values are promised to users.
    package enum State: String, Codable, Sendable {
        /// From this sample on; also where there is no end to tell of.
        case began
        /// Up to this sample.
        case ended
    }

    /// `condition`.
    package var event: String
    /// The stream's name.
    package var stream: String
    /// Samples learned from.
    package var step: UInt64
    /// When the sample that showed it was taken, in seconds since 1970 (UTC); nil when it did not say.
    package var time: Double?
    /// The channel; nil where it is all of them.
    package var channel: String?
    /// `stuck`, `level_shift`, `scale_change`, `gap` or `drift`.
    package var condition: String
    /// Whether it begins or ends.
    package var state: State
    /// How many times as much as before the channel varies; of `scale_change` alone.
    package var factor: Double?
    /// By how much the level moved, in the channel's units; of `level_shift` alone.
    package var distance: Double?
    /// How many times as large as before the losses are; of `drift` alone.
    package var ratio: Double?
    /// How many samples the value has been the same, of `stuck`; how many are missing, of `gap`.
    package var samples: UInt64?
    /// How many events before this one the reader was too slow for; nil when none.
    package var dropped: UInt64?

    /// Creates an event.
    package init(
        stream: String, step: UInt64, time: Double? = nil, channel: String? = nil, condition: String,
        state: State, factor: Double? = nil, distance: Double? = nil, ratio: Double? = nil,
        samples: UInt64? = nil
    ) {
        event = "condition"
        self.stream = stream
        self.step = step
        self.time = time
        self.channel = channel
        self.condition = condition
        self.state = state
        self.factor = factor
        self.distance = distance
        self.ratio = ratio
        self.samples = samples
    }
}
