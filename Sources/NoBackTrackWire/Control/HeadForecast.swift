/// The forecast of one channel at one horizon.
package struct HeadForecast: Codable, Sendable, Equatable {
    /// The channel's name.
    package var channel: String
    /// How many samples ahead.
    package var horizon: Int
    /// The expected value, in the channel's own unit; finite.
    package var mean: Double
    /// The interval's lower end; nil while the stream warms up.
    package var lower: Double?
    /// The interval's upper end; nil while the stream warms up.
    package var upper: Double?
    /// The probability that the interval holds the value, 0 < level < 1.
    package var level: Double

    /// Creates a forecast.
    package init(
        channel: String, horizon: Int, mean: Double, lower: Double? = nil, upper: Double? = nil, level: Double
    ) {
        self.channel = channel
        self.horizon = horizon
        self.mean = mean
        self.lower = lower
        self.upper = upper
        self.level = level
    }

    private enum CodingKeys: String, CodingKey {
        case channel, horizon, mean, lower, upper, level
    }

    /// Writes the same fields as ``ForecastMessage/appendJSON(to:)``.
    ///
    /// - Throws: `EncodingError` when a number is not finite.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(channel, forKey: .channel)
        try container.encode(horizon, forKey: .horizon)
        try container.encode(mean, forKey: .mean)
        try container.encode(lower, forKey: .lower)
        try container.encode(upper, forKey: .upper)
        try container.encode(level, forKey: .level)
    }
}
