/// Forecasts of a stream: the answer to a `forecast` request, and the event that subscribers and standard
/// output get for every sample.
package struct ForecastMessage: ControlMessage, Equatable {
    /// True in an answer, nil in an event.
    package var ok: Bool?
    /// `forecast` in an answer, nil in an event.
    package var op: String?
    /// `forecast` in an event, nil in an answer.
    package var event: String?
    /// The request's identifier.
    package var id: RequestIdentifier?
    /// The stream's name.
    package var stream: String
    /// Samples learned from.
    package var step: UInt64
    /// When the last sample was taken, in seconds since 1970 (UTC); nil when it did not say.
    package var time: Double?
    /// How far intervals are from meaning something; nil, and `null` in JSON, once they do.
    package var warming: Warming?
    /// How surprising the last sample was, 0…1; only in events.
    package var score: Double?
    /// How much information the last symbol held, in bits: −log2 of the probability it had been given; only in events of
    /// symbol streams.
    package var bits: Double?
    /// How many events before this one the reader was too slow for; nil when none.
    package var dropped: UInt64?
    /// One for every head asked for; none of a symbol stream.
    package var forecasts: [HeadForecast]
    /// What the next symbol may be; stands in the place of the forecasts of a symbol stream, and is nil in others.
    package var probabilities: SymbolProbabilities?
    /// The conditions that a client was told of since the event before; they are events of their own, and no part of this
    /// one's JSON.
    package var conditions: [ConditionMessage] = []

    /// Creates a message.
    package init(
        ok: Bool? = nil, op: String? = nil, event: String? = nil, id: RequestIdentifier? = nil,
        stream: String,
        step: UInt64, time: Double? = nil, warming: Warming? = nil, score: Double? = nil,
        bits: Double? = nil, dropped: UInt64? = nil, forecasts: [HeadForecast] = [],
        probabilities: SymbolProbabilities? = nil
    ) {
        self.ok = ok
        self.op = op
        self.event = event
        self.id = id
        self.stream = stream
        self.step = step
        self.time = time
        self.warming = warming
        self.score = score
        self.bits = bits
        self.dropped = dropped
        self.forecasts = forecasts
        self.probabilities = probabilities
    }

    /// Creates the event of a sample.
    package static func event(
        stream: String, step: UInt64, time: Double?, warming: Warming?, score: Double?,
        dropped: UInt64? = nil,
        forecasts: [HeadForecast]
    ) -> ForecastMessage {
        ForecastMessage(
            event: "forecast", stream: stream, step: step, time: time, warming: warming, score: score,
            dropped: dropped, forecasts: forecasts)
    }

    /// Creates the answer to a `forecast` request.
    package static func answer(
        id: RequestIdentifier?, stream: String, step: UInt64, time: Double?, warming: Warming?,
        forecasts: [HeadForecast]
    ) -> ForecastMessage {
        ForecastMessage(
            ok: true, op: "forecast", id: id, stream: stream, step: step, time: time, warming: warming,
            forecasts: forecasts)
    }

    private enum CodingKeys: String, CodingKey {
        case ok, op, event, id, stream, step, time, warming, score, bits, dropped, forecasts, probabilities
    }

    /// Reads a message.
    ///
    /// - Throws: `DecodingError` when it is none.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        ok = try container.decodeIfPresent(Bool.self, forKey: .ok)
        op = try container.decodeIfPresent(String.self, forKey: .op)
        event = try container.decodeIfPresent(String.self, forKey: .event)
        id = try container.decodeIfPresent(RequestIdentifier.self, forKey: .id)
        stream = try container.decode(String.self, forKey: .stream)
        step = try container.decode(UInt64.self, forKey: .step)
        time = try container.decodeIfPresent(Double.self, forKey: .time)
        warming = try container.decodeIfPresent(Warming.self, forKey: .warming)
        score = try container.decodeIfPresent(Double.self, forKey: .score)
        bits = try container.decodeIfPresent(Double.self, forKey: .bits)
        dropped = try container.decodeIfPresent(UInt64.self, forKey: .dropped)
        probabilities = try container.decodeIfPresent(SymbolProbabilities.self, forKey: .probabilities)
        forecasts = probabilities == nil ? try container.decode([HeadForecast].self, forKey: .forecasts) : []
    }

    /// Writes the same fields as ``appendJSON(to:)``.
    ///
    /// - Throws: `EncodingError` when a number is not finite.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(ok, forKey: .ok)
        try container.encodeIfPresent(op, forKey: .op)
        try container.encodeIfPresent(event, forKey: .event)
        try container.encodeIfPresent(id, forKey: .id)
        try container.encode(stream, forKey: .stream)
        try container.encode(step, forKey: .step)
        try container.encodeIfPresent(time, forKey: .time)
        try container.encode(warming, forKey: .warming)
        try container.encodeIfPresent(score, forKey: .score)
        try container.encodeIfPresent(bits, forKey: .bits)
        try container.encodeIfPresent(dropped, forKey: .dropped)
        if let probabilities {
            try container.encode(probabilities, forKey: .probabilities)
        } else {
            try container.encode(forecasts, forKey: .forecasts)
        }
    }
}
