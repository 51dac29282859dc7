import NoBackTrackWire
import Testing

/// Symbols in, their probabilities out, and their text.
struct SymbolTests {
    private static let everyByte = Array(UInt8.min...UInt8.max)

    @Test func everyByteIsASample() {
        let bytes = Self.everyByte + Array("{\"a\":1}\r\n\n# x\n".utf8)
        let parsed = ParsedText(bytes, .symbols, cuts: [0, 1, 40, 40, 200])
        #expect(parsed.samples.map { $0.values[0] } == bytes.map { Double($0) })
        #expect(parsed.samples.map(\.line) == (1...UInt64(bytes.count)).map { $0 })
        #expect(parsed.samples.allSatisfy { $0.stream == nil && $0.time == nil && $0.values.count == 1 })
        #expect(parsed.rejections.isEmpty)
        #expect(parsed.format == .symbols)
    }

    @Test func layoutIsOfSymbolsAndThereFromTheFirstByteOn() {
        var parser = SampleParser(format: .symbols)
        var batch = SampleBatch()
        parser.consume([0x61, 0xFF].span, into: &batch)
        #expect(batch.layouts == [SampleLayout(symbolsOf: nil)])
        #expect(batch.layouts[0].kind == .symbols)
        #expect(batch.records.map(batch.symbol(of:)) == [0x61, 0xFF])
        batch.removeAll()
        parser.finish(into: &batch)
        #expect(batch.isEmpty && batch.layouts.count == 1)
    }

    @Test(arguments: ["abababab\n", "a", "\u{0}\u{1}", "01\n01\n"])
    func symbolsAreNeverDetected(_ text: String) {
        #expect(ParsedText(text).format != .symbols)
    }

    @Test func textShowsEverySymbolAndReadsBack() {
        #expect(SymbolText.escape(Array("a b\n\t\r\\\u{0}\u{7F}".utf8)) == #"a b\n\t\r\\\x00\x7f"#)
        let text = SymbolText.escape(Self.everyByte)
        #expect(SymbolText.unescape(text) == Self.everyByte)
        #expect(text.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
        #expect(SymbolText.unescape("é\\x5C\\xfF") == [0xC3, 0xA9, 0x5C, 0xFF])
    }

    @Test(arguments: ["\\", "a\\", "\\a", "\\x", "\\x0", "\\xg0", "\\x0g", "\\N"])
    func backslashThatBeginsNoEscapeIsRefused(_ text: String) {
        #expect(SymbolText.unescape(text) == nil)
    }

    private static func event(stream: String, _ entries: [(UInt8, Double)]) -> ForecastMessage {
        ForecastMessage(
            event: "forecast", stream: stream, step: 12, score: 0.25, bits: 1.5, dropped: 3,
            probabilities: SymbolProbabilities(entries.map { .init(symbol: $0, probability: $1) }))
    }

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

    @Test func probabilitiesStandInThePlaceOfForecastsLikeliestFirst() {
        let event = Self.event(stream: "s", [(0x61, 0.25), (0x0A, 0.125), (0xE9, 0.5), (0x22, 0.125)])
        #expect(
            json(event)
                == #"{"event":"forecast","stream":"s","step":12,"warming":null,"score":0.25,"bits":1.5,"dropped":3,"probabilities":{"é":0.5,"a":0.25,"\n":0.125,"\"":0.125}}"#
        )
    }

    @Test(arguments: [1 as UInt64, 2, 3])
    func messageOfEveryByteReadsBack(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let message = Self.event(
            stream: "s",
            Self.everyByte.shuffled(using: &random).map {
                ($0, Double(Int.random(in: 0..<50, using: &random)) / 7e3)
            })
        let read = try ForecastMessage(line: json(message).utf8)
        #expect(read == message, "seed \(seed)")
        var bytes: [UInt8] = []
        message.appendLine(to: &bytes)
        #expect(try ForecastMessage(line: bytes) == message, "seed \(seed)")
        var slow: [UInt8] = []
        try (message as any ControlMessage).appendLine(to: &slow)
        #expect(try ForecastMessage(line: slow) == message, "seed \(seed)")
    }

    @Test(arguments: [
        #"{"stream":"s","step":1}"#, #"{"stream":"s","step":1,"probabilities":{"ab":1}}"#,
        #"{"stream":"s","step":1,"probabilities":{"":1}}"#,
        #"{"stream":"s","step":1,"probabilities":{"Ā":1}}"#,
        #"{"stream":"s","step":1,"probabilities":{"a":"b"}}"#,
    ])
    func whatIsNoForecastIsRefused(_ line: String) {
        #expect(throws: DecodingError.self) { try ForecastMessage(line: line.utf8) }
    }

    @Test func lineProtocolHasALineForEverySymbol() {
        let entries: [(UInt8, Double)] = [
            (0x61, 0.5), (0x20, 0.2), (0x2C, 0.1), (0x3D, 0.05), (0x5C, 0.04), (0x0A, 0.03), (0xE9, 0.02),
        ]
        #expect(
            influx(Self.event(stream: "my room", entries)) == #"""
                my\ room,symbol=a probability=0.5,step=12i
                my\ room,symbol=\  probability=0.2,step=12i
                my\ room,symbol=\, probability=0.1,step=12i
                my\ room,symbol=\= probability=0.05,step=12i
                my\ room,symbol=\x5c probability=0.04,step=12i
                my\ room,symbol=\n probability=0.03,step=12i
                my\ room,symbol=\xe9 probability=0.02,step=12i

                """#)
        #expect(
            influx(Self.event(stream: "s,symbol=x", [(0x61, 1)]))
                == "s,symbol=x,forecast_symbol=a probability=1,step=12i\n")
    }

    @Test func lineProtocolOfEveryByteReadsBackAsAStreamForEach() {
        let text = influx(Self.event(stream: "s", Self.everyByte.map { ($0, 0.5) }))
        let parsed = ParsedText(text, .influx)
        #expect(parsed.rejections.isEmpty)
        #expect(parsed.samples.count == 256)
        #expect(Set(parsed.samples.map(\.stream)).count == 256)
    }
}
