/// A figure about the forecasts of one channel at one horizon.
package struct HeadFigure: Codable, Sendable, Equatable {
    /// The channel's name.
    package var channel: String
    /// How many samples ahead.
    package var horizon: Int
    /// The figure; nil until there is one.
    package var value: Double?

    /// Creates a figure; a value that is not finite is none.
    package init(channel: String, horizon: Int, value: Double?) {
        self.channel = channel
        self.horizon = horizon
        self.value = value.flatMap { $0.isFinite ? $0 : nil }
    }
}
