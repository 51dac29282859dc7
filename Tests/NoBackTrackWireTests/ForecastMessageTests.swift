import FoundationEssentials
import NoBackTrackWire
import Testing

struct ForecastMessageTests {
    private static let event = ForecastMessage.event(
        stream: "boiler", step: 1234, time: 1_763_935_200.5, warming: nil, score: 0.25, dropped: 3,
        forecasts: [
            HeadForecast(channel: "temp", horizon: 10, mean: 20.4, lower: 19.9, upper: 20.9, level: 0.95),
            HeadForecast(channel: "fl,o w", horizon: 1, mean: -3, level: 0.9),
        ])

    private func json(_ message: ForecastMessage) -> String {
        var bytes: [UInt8] = []
        message.appendJSON(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func influx(_ message: ForecastMessage) -> String {
        var bytes: [UInt8] = []
        message.appendInflux(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func anEventIsOneLineOfJSON() {
        #expect(
            json(Self.event)
                == #"{"event":"forecast","stream":"boiler","step":1234,"time":1763935200.5,"warming":null,"score":0.25,"dropped":3,"forecasts":[{"channel":"temp","horizon":10,"mean":20.4,"lower":19.9,"upper":20.9,"level":0.95},{"channel":"fl,o w","horizon":1,"mean":-3,"lower":null,"upper":null,"level":0.9}]}"#
        )
    }

    @Test func theQuickEncoderAgreesWithTheCoder() throws {
        var message = Self.event
        message.id = .string("q\"")
        message.stream = "päß \\ \u{7}\u{1F600}"
        message.warming = Warming(seen: 5, needed: 50)
        message.forecasts[0].mean = 0.1 + 0.2
        for message in [Self.event, message] {
            #expect(try ForecastMessage(line: json(message).utf8) == message)
            #expect(
                try JSONDecoder().decode(ForecastMessage.self, from: JSONEncoder().encode(message)) == message
            )
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let slow = String(decoding: try encoder.encode(message), as: UTF8.self)
            #expect(slow.contains("\"warming\":") && slow.contains("\"lower\":null"))
            #expect(slow.utf8.count == json(message).utf8.count)
        }
    }

    @Test(arguments: [1 as UInt64, 2])
    func numbersReadBackToTheBit(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        for _ in 0..<500 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            var message = Self.event
            message.forecasts[0].mean = value
            let decoded = try ForecastMessage(line: json(message).utf8)
            #expect(decoded.forecasts[0].mean.bitPattern == value.bitPattern, "seed \(seed)")
        }
    }

    @Test func lineProtocolHasALineForEveryHead() {
        #expect(
            influx(Self.event) == """
                boiler,channel=temp,horizon=10 mean=20.4,lower=19.9,upper=20.9,step=1234i 1763935200500000000
                boiler,channel=fl\\,o\\ w,horizon=1 mean=-3,step=1234i 1763935200500000000

                """)
    }

    @Test(arguments: [
        ("boiler,site=a", "boiler,site=a,channel=c,horizon=1"), ("my room", #"my\ room,channel=c,horizon=1"#),
        ("a,b", #"a\,b,channel=c,horizon=1"#), (#"a\,b,k=v w"#, #"a\,b,k=v\ w,channel=c,horizon=1"#),
        ("a,channel=x,horizon=2", "a,channel=x,horizon=2,forecast_channel=c,forecast_horizon=1"),
        ("a\nb", #"a\nb,channel=c,horizon=1"#), (#"a\"#, "a,channel=c,horizon=1"),
        ("a=b", "a=b,channel=c,horizon=1"),
    ])
    func streamsKeepTheirNameAndTags(stream: String, series: String) {
        let message = ForecastMessage.event(
            stream: stream, step: 1, time: nil, warming: nil, score: nil,
            forecasts: [HeadForecast(channel: "c", horizon: 1, mean: 1e300, lower: -.infinity, level: 0.9)])
        #expect(influx(message) == series + " mean=1e+300,step=1i\n")
    }

    @Test func whatWasReadAsLineProtocolIsWrittenAsItCame() {
        let lines = #"d\,e,h=my\ host,p=C:\x\=y a=1"#
        var parser = SampleParser(format: .influx)
        var batch = SampleBatch()
        parser.consume(Array((lines + "\n").utf8).span, into: &batch)
        let message = ForecastMessage.event(
            stream: batch.layouts[0].stream ?? "", step: 1, time: 0, warming: nil, score: nil,
            forecasts: [HeadForecast(channel: "a", horizon: 1, mean: 1, level: 0.9)])
        #expect(influx(message) == #"d\,e,h=my\ host,p=C:\x\=y,channel=a,horizon=1 mean=1,step=1i 0"# + "\n")
        #expect(ParsedText(influx(message)).rejections.isEmpty)
    }

    @Test(arguments: [(1e300, ""), (-1.5, " -1500000000"), (9e9, " 9000000000000000000"), (1e10, "")])
    func timesThatDoNotFitAreLeftOut(time: Double, text: String) {
        var message = Self.event
        message.time = time
        #expect(influx(message).hasSuffix("step=1234i\(text)\n"))
    }
}
