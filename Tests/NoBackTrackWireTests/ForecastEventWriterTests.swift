import Testing

@testable import NoBackTrackWire

@Suite struct ForecastEventWriterTests {
    /// The same event, from the message.
    private func line(
        _ stream: String, step: UInt64, time: Double?, warming: Warming?, score: Double?,
        _ forecasts: [HeadForecast]
    ) -> String {
        var bytes: [UInt8] = []
        ForecastMessage.event(
            stream: stream, step: step, time: time, warming: warming, score: score, forecasts: forecasts
        ).appendLine(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        arguments: [
            (nil, nil, nil), (1_763_935_200.5, Warming(seen: 3, needed: 42), 0.25), (0, nil, 1),
        ] as [(Double?, Warming?, Double?)])
    func writesWhatTheMessageWrites(_ time: Double?, _ warming: Warming?, _ score: Double?) {
        let writer = ForecastEventWriter(
            stream: "boiler \"a\"\n", channels: ["temp", "f\\low"], horizons: [1, 10], level: 0.9)
        let figures: [Double] = [
            20.1, -1e-300, 5e300, 1.5, .nan, .nan, .nan, .nan, .nan, -3, 0.1 + 0.2, 1e22,
        ]
        var bytes: [UInt8] = []
        writer.appendLine(
            step: 1234, time: time, warming: warming, score: score, figures: figures[...], to: &bytes)
        let expected = line(
            "boiler \"a\"\n", step: 1234, time: time, warming: warming, score: score,
            [
                HeadForecast(
                    channel: "temp", horizon: 1, mean: 20.1, lower: -1e-300, upper: 5e300, level: 0.9),
                HeadForecast(channel: "temp", horizon: 10, mean: 1.5, level: 0.9),
                HeadForecast(
                    channel: "f\\low", horizon: 10, mean: -3, lower: 0.1 + 0.2, upper: 1e22, level: 0.9),
            ])
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test func nothingKnownIsAnEmptyList() {
        let writer = ForecastEventWriter(stream: "s", channels: ["a"], horizons: [1], level: 0.5)
        var bytes: [UInt8] = []
        let figures: [Double] = [1, .nan, .nan, .nan]
        writer.appendLine(
            step: 1, time: nil, warming: nil, score: nil, figures: figures[1...], to: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == line("s", step: 1, time: nil, warming: nil, score: nil, []))
    }
}
