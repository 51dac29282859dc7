import FoundationEssentials
import Testing

@testable import NoBackTrackWire

struct ControlMessageTests {
    private func line(_ message: some ControlMessage) throws -> String {
        var bytes: [UInt8] = []
        try message.appendLine(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func expectRoundTrip<Message: ControlMessage & Equatable>(_ message: Message) throws {
        let text = try line(message)
        #expect(text.last == "\n" && !text.dropLast().contains("\n"))
        #expect(try Message(line: text.utf8) == message)
    }

    private static let stream = StreamStatus(
        stream: "a/b", step: .max, channels: ["a", "b"], targets: ["b"], horizons: [1, 10], time: 1.5,
        rejected: 3,
        missing: 4, warming: Warming(seen: 1, needed: 2),
        skill: [
            HeadFigure(channel: "b", horizon: 1, value: 0.25),
            HeadFigure(channel: "b", horizon: 2, value: .nan),
        ],
        coverage: [], lastCheckpoint: CheckpointStatus(step: 7, time: 8.5, path: "/x/7.safetensors"),
        inMemory: false,
        samplesPerSecond: 10.5)

    @Test func messagesGoThereAndBack() throws {
        try expectRoundTrip(PredictRequest(op: "status"))
        try expectRoundTrip(
            PredictRequest(
                op: "forecast", id: .string("x\n"), stream: "a", horizons: [1], channels: ["c"], level: 0.95,
                enabled: true, format: "prometheus"))
        try expectRoundTrip(
            MetricsMessage(id: .number(1), format: .openMetrics, text: "a{b=\"c\"} 1\n# EOF\n"))
        try expectRoundTrip(
            StatusMessage(
                id: .number(1), version: "1.0", uptime: 2.5, samples: 3, samplesPerSecond: 4, lag: 5,
                rejected: [RejectionCode.badNumber.rawValue: 6], connections: .init(ingest: 1, predict: 2),
                subscribers: 3,
                streams: [Self.stream]))
        try expectRoundTrip(StreamsMessage(id: nil, streams: [Self.stream]))
        try expectRoundTrip(FlushMessage(id: .number(0.5), samples: 9))
        try expectRoundTrip(SnapshotMessage(written: [.init(stream: "a", step: 1, path: "/p")]))
        try expectRoundTrip(SubscribeMessage(stream: "a"))
        try expectRoundTrip(LearnMessage(id: .number(2), stream: "a", enabled: false))
        try expectRoundTrip(ResetMessage(stream: "a", step: .max))
        try expectRoundTrip(
            ErrorMessage(id: .string("q"), code: .unknownStream, message: "there is no stream \"x\""))
    }

    @Test func acknowledgementsAreShort() throws {
        for (message, text) in [
            (AcknowledgementMessage(ack: 0), #"{"ack":0}"#),
            (AcknowledgementMessage(ack: .max, refused: 3), #"{"ack":18446744073709551615,"refused":3}"#),
        ] {
            try expectRoundTrip(message)
            #expect(try line(message) == text + "\n")
        }
        #expect(throws: DecodingError.self) { try AcknowledgementMessage(line: #"{"ok":false}"#.utf8) }
    }

    @Test func errorsHaveTheShapeOfTheContract() throws {
        let text = try line(ErrorMessage(id: .number(7), code: .unknownOperation, message: "m"))
        #expect(text == #"{"error":{"code":"unknown_op","message":"m"},"id":7,"ok":false}"# + "\n")
    }

    @Test(arguments: [
        ("1", "1"), ("-5", "-5"), ("1.5", "1.5"), ("\"x\"", "\"x\""),
        ("9007199254740993", "9007199254740993"),
        ("9223372036854775807", "9223372036854775807"), ("-9223372036854775808", "-9223372036854775808"),
        ("9223372036854775808", "9223372036854775808"), ("9223372036854775809", "9223372036854775809"),
        ("18446744073709551615", "18446744073709551615"), ("10000000000000000000", "10000000000000000000"),
        ("123456789012345678901234567890", "1.2345678901234568e+29"),
        ("1e15", "1000000000000000"), ("\"\"", "\"\""),
    ])
    func identifiersAreEchoed(text: String, echo: String) throws {
        let request = try PredictRequest(line: "{\"op\":\"x\",\"id\":\(text)}".utf8)
        #expect(try line(request) == "{\"id\":\(echo),\"op\":\"x\"}\n")
        let message = ForecastMessage.answer(
            id: request.id, stream: "s", step: 0, time: nil, warming: nil, forecasts: [])
        #expect(
            try line(message)
                == #"{"ok":true,"op":"forecast","id":\#(echo),"stream":"s","step":0,"warming":null,"forecasts":[]}"#
                + "\n")
    }

    @Test(arguments: [
        "", "x", "[]", "{}", "{\"op\":5}", "{\"op\":\"x\",\"id\":[]}", "{\"op\":\"x\",\"horizons\":\"1\"}",
        "\u{0}",
    ])
    func whatIsNoRequestIsRefused(text: String) {
        #expect(throws: DecodingError.self) { try PredictRequest(line: text.utf8) }
    }

    @Test func rejectionsAreLinesOfJSON() {
        var bytes: [UInt8] = []
        Rejection(line: 17, code: .badNumber, message: "temp: not a number: \"a\u{1}\\b\t").appendErrorLine(
            to: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"ok":false,"line":17,"error":{"code":"bad_number","message":"temp: not a number: \"a\u0001\\b\t"}}"#
                + "\n")
    }
}
