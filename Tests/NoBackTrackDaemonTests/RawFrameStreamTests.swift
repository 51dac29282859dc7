import NoBackTrackCheckpoint
import NoBackTrackDaemon
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

/// Raw frames, through the ingest socket and standard input.
@Suite struct RawFrameStreamTests {
    private static let formats: [SampleFormat] = [.f32le, .f64le]

    /// Numbers as the bytes of a format.
    private static func bytes(_ numbers: [Double], _ format: SampleFormat) -> [UInt8] {
        numbers.flatMap { number in
            let bits = format == .f32le ? UInt64(Float(number).bitPattern) : number.bitPattern
            return (0..<(format == .f32le ? 4 : 8)).map { UInt8(truncatingIfNeeded: bits >> ($0 * 8)) }
        }
    }

    /// Numbers that both formats hold exactly.
    private static func numbers(_ count: Int) -> [Double] {
        var generator = SeededGenerator(seed: 3)
        return (0..<count).map { _ in Double(Int(generator.next() % 4001) - 2000) / 64 }
    }

    /// The numbers as lines of JSON with two channels.
    private static func lines(_ numbers: [Double]) -> String {
        stride(from: 0, to: numbers.count, by: 2)
            .map { "{\"temp\":\(numbers[$0]),\"flow\":\(numbers[$0 + 1])}\n" }.joined()
    }

    @Test(arguments: formats)
    func framesOnTheSocketAreLearnedAsTheirNumbersAreInText(format: SampleFormat) async throws {
        let numbers = Self.numbers(400)
        let daemon = try await RunningDaemon { configuration in
            configuration.ingest.format = format
            configuration.ingest.frame = SampleLayout(stream: nil, channels: ["temp", "flow"])
        }
        let producer = try daemon.producer()
        let bytes = Self.bytes(numbers, format)
        for start in stride(from: 0, to: bytes.count, by: 37) {
            try await producer.send(Array(bytes[start..<min(start + 37, bytes.count)]))
        }
        producer.closeWriting()
        #expect(try await producer.lines() == [])
        try await daemon.stop()

        let other = try await RunningDaemon()
        #expect(try await other.feed(Self.lines(numbers)) == [])
        try await other.stop()
        let checkpoint = try #require(try daemon.checkpoint("default"))
        #expect(checkpoint.step == 200)
        #expect(try other.checkpoint("default") == checkpoint)
    }

    @Test func framesThatCannotBeUsedAreAnsweredByTheirNumber() async throws {
        let daemon = try await RunningDaemon { configuration in
            configuration.ingest.format = .f32le
            configuration.ingest.frame = SampleLayout(stream: nil, positions: 2)
        }
        let producer = try daemon.producer()
        try await producer.send(Self.bytes([1, 2, 3, .infinity, .nan, 6, 7], .f32le))
        producer.closeWriting()
        #expect(
            try await producer.lines() == [
                #"{"ok":false,"line":2,"error":{"code":"not_finite","message":"c1: an infinite value cannot be learned from"}}"#,
                #"{"ok":false,"line":4,"error":{"code":"bad_syntax","message":"the input ends after 4 of the frame's 8 bytes"}}"#,
            ])
        let status = try await daemon.client().ask(#"{"op":"status"}"#, as: StatusMessage.self)
        #expect(status.samples == 2 && status.streams.map(\.channels) == [["c0", "c1"]])
        #expect(status.rejected == ["not_finite": 1, "bad_syntax": 1])
        try await daemon.stop()
    }

    @Test(arguments: formats)
    func programReadsFramesFromStandardInput(format: SampleFormat) async throws {
        let numbers = Self.numbers(100)
        let options = ["--hidden-units", "8", "--print", "ndjson"]
        let (rawDirectory, textDirectory) = (try TemporaryDirectory(), try TemporaryDirectory())
        let raw = try DaemonProcess(
            in: rawDirectory,
            options + ["--format", format.rawValue, "--channels", "temp,flow"])
        try await raw.send(Self.bytes(numbers, format))
        raw.closeInput()
        let text = try DaemonProcess(in: textDirectory, options)
        try await text.send(Self.lines(numbers))
        text.closeInput()
        let (found, expected) = (try await raw.outcome(), try await text.outcome())
        #expect(found.code == 0, "\(found.errors)")
        #expect(found.output == expected.output && found.output.split(separator: "\n").count == 50)
    }

    @Test(arguments: formats, [[], ["--check-config"]])
    func programRefusesFramesOfUnknownChannels(format: SampleFormat, options: [String]) async throws {
        let directory = try TemporaryDirectory()
        let daemon = try DaemonProcess(
            in: directory, ["--format", format.rawValue] + options, readsInput: false)
        let outcome = try await daemon.outcome()
        #expect(outcome.code == 78)
        #expect(outcome.errors.contains("learner.channels") && outcome.errors.contains("--channels 8"))
    }
}
