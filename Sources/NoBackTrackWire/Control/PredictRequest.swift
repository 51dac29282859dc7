/// A request on the predict socket. Which fields an `op` takes is the daemon's business.
package struct PredictRequest: ControlMessage, Equatable {
    /// What is asked: `forecast`, `subscribe`, `status`, `streams`, `flush`, `snapshot`, …
    package var op: String
    /// Repeated in the answer.
    package var id: RequestIdentifier?
    /// The stream that is meant; may be left out when there is one.
    package var stream: String?
    /// How many samples ahead; all of the stream's when left out.
    package var horizons: [Int]?
    /// Which targets; all of the stream's when left out.
    package var channels: [String]?
    /// The probability that the interval holds the value, 0 < level < 1.
    package var level: Double?
    /// For `learn`: whether parameters change.
    package var enabled: Bool?
    /// For `metrics`: a ``MetricsFormat``'s raw value; OpenMetrics when left out.
    package var format: String?

    /// Creates a request.
    package init(
        op: String, id: RequestIdentifier? = nil, stream: String? = nil, horizons: [Int]? = nil,
        channels: [String]? = nil, level: Double? = nil, enabled: Bool? = nil,
        format: String? = nil
    ) {
        self.op = op
        self.id = id
        self.stream = stream
        self.horizons = horizons
        self.channels = channels
        self.level = level
        self.enabled = enabled
        self.format = format
    }
}
