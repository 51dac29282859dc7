import Glibc
import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackDaemon
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

/// Streams of symbols, through the sockets of a daemon in this process.
@Suite struct SymbolStreamTests {
    /// A daemon whose ingest socket takes symbols.
    private func symbolDaemon(
        in directory: TemporaryDirectory? = nil, alphabet: String = "",
        _ change: (inout DaemonConfiguration) -> Void = { _ in }
    ) async throws -> RunningDaemon {
        try await RunningDaemon(in: directory) { configuration in
            configuration.ingest.format = .symbols
            configuration.learner.alphabet = SymbolText.unescape(alphabet) ?? []
            change(&configuration)
        }
    }

    /// Symbols of a source with some order in it.
    private func letters(_ count: Int, seed: UInt64) -> String {
        var generator = SeededGenerator(seed: seed)
        var text = ""
        while text.utf8.count < count {
            text += ["ab", "abc\n", "ca", "é"].randomElement(using: &generator) ?? ""
        }
        return String(decoding: text.utf8.prefix(count), as: UTF8.self)
    }

    @Test func forecastHasTheProbabilityOfEverySymbol() async throws {
        let daemon = try await symbolDaemon()
        #expect(try await daemon.feed(String(repeating: "ab\n", count: 200)) == [])
        let line = try await daemon.client().ask(#"{"op":"forecast","id":1}"#)
        #expect(
            line.hasPrefix(
                #"{"ok":true,"op":"forecast","id":1,"stream":"default","step":600,"warming":null,"#))
        #expect(!line.contains("forecasts") && line.contains(#""\n":0."#))
        let forecast = try ForecastMessage(line: line.utf8)
        let entries = try #require(forecast.probabilities?.entries)
        #expect(entries.map(\.symbol).first == UInt8(ascii: "a"))
        #expect(Set(entries.map(\.symbol)) == Set("ab\n".utf8))
        #expect(entries.map(\.probability) == entries.map(\.probability).sorted(by: >))
        let sum = entries.reduce(0) { $0 + $1.probability }
        // What is missing is kept for symbols never seen.
        #expect(sum > 0.9 && sum < 1)
        try await daemon.stop()
    }

    @Test func everyByteIsASymbol() async throws {
        let daemon = try await symbolDaemon { $0.learner.learner.maxSymbols = 256 }
        let bytes = Array(UInt8.min...UInt8.max)
        let producer = try daemon.producer()
        try await producer.send(bytes + bytes)
        producer.closeWriting()
        #expect(try await producer.lines() == [])
        let forecast = try await daemon.client().ask(#"{"op":"forecast"}"#, as: ForecastMessage.self)
        #expect(forecast.step == 512)
        #expect(Set(forecast.probabilities?.entries.map(\.symbol) ?? []) == Set(bytes))
        try await daemon.stop()
    }

    @Test func symbolThatIsNotInTheAlphabetIsAnsweredAndSkipped() async throws {
        let daemon = try await symbolDaemon(alphabet: #"01\n"#)
        let errors = try await daemon.feed("01x1\n\\10")
        #expect(
            errors == [
                #"{"ok":false,"line":3,"error":{"code":"bad_symbol","message":"byte 3, 'x', is not in the alphabet '01\\n' (learner.alphabet)"}}"#,
                #"{"ok":false,"line":6,"error":{"code":"bad_symbol","message":"byte 6, '\\\\', is not in the alphabet '01\\n' (learner.alphabet)"}}"#,
            ])
        let status = try await daemon.client().ask(#"{"op":"status"}"#, as: StatusMessage.self)
        #expect(status.rejected == ["bad_symbol": 2])
        #expect(status.streams.map(\.rejected) == [2])
        #expect(status.samples == 6 && status.lag == 0)
        try await daemon.stop()
        // The skipped ones left no trace.
        let clean = try await symbolDaemon(alphabet: #"01\n"#)
        try await clean.feed("011\n10")
        try await clean.stop()
        #expect(try daemon.checkpoint("default") == clean.checkpoint("default"))
    }

    @Test func symbolThatFindsNoPlaceIsAnsweredAndSkipped() async throws {
        let daemon = try await symbolDaemon { $0.learner.learner.maxSymbols = 2 }
        let errors = try await daemon.feed("ab\u{0}a")
        #expect(errors.count == 1)
        #expect(errors.first?.contains(#""line":3,"error":{"code":"bad_symbol""#) == true)
        #expect(errors.first?.contains(#"2 places (learner.maxSymbols)"#) == true)
        let streams = try await daemon.client().ask(#"{"op":"streams"}"#, as: StreamsMessage.self).streams
        #expect(streams.map(\.step) == [3])
        #expect(streams.map(\.alphabetSize) == [2])
        try await daemon.stop()
    }

    @Test func symbolThatIsNoneBeginsNoStream() async throws {
        let daemon = try await symbolDaemon(alphabet: "ab")
        #expect(try await daemon.feed("x\n").count == 2)
        #expect(try await daemon.client().refusal(#"{"op":"forecast"}"#) == "unknown_stream")
        try await daemon.stop()
        #expect(try daemon.checkpoint("default") == nil)
    }

    @Test func streamKeepsTheKindOfItsFirstSample() async throws {
        let numbers = try await RunningDaemon()
        try await numbers.feed("[1,2]\n")
        try await numbers.stop()
        let fed = try await symbolDaemon(in: numbers.directory)
        let errors = try await fed.feed("ab")
        #expect(errors.count == 2)
        #expect(
            errors.last?.contains(
                #""line":2,"error":{"code":"bad_symbol","message":"stream 'default' is of numbers"#) == true)
        let kept = try await fed.client().ask(#"{"op":"streams"}"#, as: StreamsMessage.self).streams
        #expect(kept.map(\.kind) == [.numbers] && kept.map(\.step) == [1] && kept.map(\.rejected) == [2])
        try await fed.stop()

        let symbols = try await symbolDaemon()
        try await symbols.feed("ab")
        try await symbols.stop()
        let other = try await RunningDaemon(in: symbols.directory)
        let answers = try await other.feed("[1,2]\n{\"a\":1}\n{\"stream\":\"own\",\"a\":1}\n")
        #expect(answers.count == 2)
        for answer in answers {
            #expect(
                answer.contains(#""code":"unknown_channel","message":"stream 'default' is of symbols"#),
                "\(answer)")
        }
        let streams = try await other.client().ask(#"{"op":"streams"}"#, as: StreamsMessage.self).streams
        #expect(streams.map(\.stream) == ["default", "own"] && streams.map(\.kind) == [.symbols, .numbers])
        try await other.stop()
    }

    @Test func subscriberGetsBitsAndScoreOfEverySymbol() async throws {
        let daemon = try await symbolDaemon()
        let client = try daemon.client()
        _ = try await client.ask(#"{"op":"subscribe"}"#)
        try await daemon.feed("aab")
        var events: [ForecastMessage] = []
        for _ in 0..<3 {
            events.append(try ForecastMessage(line: Array(try #require(try await client.line()).utf8)))
        }
        #expect(events.map(\.step) == [1, 2, 3])
        for event in events {
            #expect(event.event == "forecast" && event.warming == nil && event.forecasts.isEmpty)
            #expect(try #require(event.bits) > 0 && (0...1).contains(try #require(event.score)))
            #expect(event.probabilities != nil)
        }
        // What an event gave the symbol that came next is what that one cost.
        let given = try #require(events[0].probabilities?.entries.first?.probability)
        let bits = try #require(events[1].bits)
        #expect(abs(given * exp2(bits) - 1) < 1e-12)
        try await daemon.stop()
    }

    @Test func statusTellsKindAlphabetAndBits() async throws {
        let daemon = try await symbolDaemon()
        let client = try daemon.client()
        try await daemon.feed(String(repeating: "ab", count: 300))
        _ = try await client.ask(#"{"op":"snapshot"}"#)
        let line = try await client.ask(#"{"op":"status"}"#)
        #expect(line.contains(#""kind":"symbols""#) && line.contains(#""alphabetSize":2"#))
        let status = try #require(try StatusMessage(line: line.utf8).streams.first)
        #expect(status.step == 600 && status.horizons == [1] && status.channels.isEmpty)
        #expect(try #require(status.bitsPerSymbol) < 1)
        #expect(status.lastCheckpoint?.step == 600 && status.warming == nil)
        try await daemon.stop()
        let numbers = try await RunningDaemon()
        try await numbers.feed("[1]\n")
        let other = try await numbers.client().ask(#"{"op":"streams"}"#)
        #expect(other.contains(#""kind":"numbers""#) && !other.contains("bitsPerSymbol"))
        try await numbers.stop()
    }

    @Test(
        arguments: [
            (#""horizons":[1]"#, nil), (#""horizons":[10]"#, "unknown_horizon"),
            (#""horizons":[1,2]"#, "unknown_horizon"), (#""channels":["a"]"#, "unknown_channel"),
            (#""channels":[]"#, nil), (#""level":0.5"#, "bad_level"), (#""level":2"#, "bad_level"),
        ] as [(String, String?)])
    func requestForWhatSymbolsDoNotHaveIsRefused(_ field: String, _ code: String?) async throws {
        let daemon = try await symbolDaemon()
        try await daemon.feed("ab")
        let client = try daemon.client()
        let request = "{\"op\":\"forecast\",\(field)}"
        if let code {
            #expect(try await client.refusal(request) == code)
        } else {
            #expect(try await client.ask(request, as: ForecastMessage.self).probabilities != nil)
        }
        try await daemon.stop()
    }

    @Test(arguments: [7 as UInt64, 8])
    func stopAndRestartContinueBitForBit(seed: UInt64) async throws {
        let text = Array(letters(1500, seed: seed).utf8)
        func feed(_ daemon: RunningDaemon, _ bytes: some Sequence<UInt8>) async throws {
            let producer = try daemon.producer()
            try await producer.send(Array(bytes))
            producer.closeWriting()
            #expect(try await producer.lines() == [], "seed \(seed)")
        }
        let once = try await symbolDaemon()
        try await feed(once, text)
        try await once.stop()
        let directory = try TemporaryDirectory()
        for part in [0..<1, 1..<700, 700..<1500] {
            let daemon = try await symbolDaemon(in: directory)
            try await feed(daemon, text[part])
            if part.lowerBound == 1 { _ = try await daemon.client().ask(#"{"op":"snapshot"}"#) }
            try await daemon.stop()
        }
        var last = try #require(
            try CheckpointStore(stateDirectory: directory.file("state")).loadNewest(stream: "default")
                .checkpoint)
        last.savedAt = 0
        let expected = try #require(try once.checkpoint("default"))
        #expect(expected.step == 1500)
        #expect(expected.channels.isEmpty && expected.configuration.contains(#""kind":"symbols""#))
        let isEqual = last.encoded() == expected.encoded()
        #expect(isEqual, "seed \(seed)")
    }

    @Test func leavesMemoryAnswersFromDiskAndComesBack() async throws {
        let (first, second) = (letters(300, seed: 3), letters(200, seed: 4))
        let directory = try TemporaryDirectory()
        let numbers = try await RunningDaemon(in: directory)
        try await numbers.feed(wave(0..<30, stream: "a"))
        try await numbers.stop()
        let daemon = try await symbolDaemon(in: directory) { $0.streams.max = 1 }
        try await daemon.feed(first)
        #expect(try daemon.checkpoint("a")?.step == 30)
        try await daemon.stop()
        // The first by name is in memory now, and the other on disk.
        let again = try await symbolDaemon(in: directory) { $0.streams.max = 1 }
        let client = try again.client()
        let streams = try await client.ask(#"{"op":"streams"}"#, as: StreamsMessage.self).streams
        #expect(streams.map(\.inMemory) == [true, false] && streams.map(\.kind) == [.numbers, .symbols])
        let forecast = try await client.ask(
            #"{"op":"forecast","stream":"default"}"#, as: ForecastMessage.self)
        #expect(forecast.step == 300 && forecast.probabilities != nil)
        #expect(
            try await client.refusal(#"{"op":"forecast","stream":"default","horizons":[2]}"#)
                == "unknown_horizon")
        try await again.feed(second)
        try await again.stop()
        let alone = try await symbolDaemon()
        try await alone.feed(first + second)
        try await alone.stop()
        #expect(try again.checkpoint("default") == alone.checkpoint("default"))
    }

    @Test func learningStandsStillOnRequest() async throws {
        let daemon = try await symbolDaemon()
        let client = try daemon.client()
        try await daemon.feed(letters(300, seed: 5))
        _ = try await client.ask(#"{"op":"snapshot"}"#)
        let before = try #require(try daemon.checkpoint("default"))
        #expect(try await client.ask(#"{"op":"learn","enabled":false}"#).contains("\"enabled\":false"))
        try await daemon.feed(letters(100, seed: 6))
        #expect(try await client.ask(#"{"op":"flush"}"#, as: FlushMessage.self).samples == 400)
        let written = try await client.ask(#"{"op":"snapshot"}"#, as: SnapshotMessage.self)
        #expect(written.written.map(\.step) == [400])
        let after = try #require(try daemon.checkpoint("default"))
        for name in ["theta", "readout.phi"] {
            let old = before.tensors.first { $0.name == name }
            #expect(old != nil && old == after.tensors.first { $0.name == name }, "\(name)")
        }
        try await daemon.stop()
    }

    @Test func streamThatIsTooLargeIsRefused() async throws {
        let daemon = try await symbolDaemon {
            $0.streams.maxMemoryBytes = 1 << 20
            $0.learner.learner.maxSymbols = 256
            $0.learner.learner.hiddenUnits = 512
        }
        let errors = try await daemon.feed("a")
        #expect(errors.first?.contains("too_many_streams") == true)
        try await daemon.stop()
    }

    @Test func stateOfOtherSymbolsIsRefused() async throws {
        let first = try await symbolDaemon(alphabet: "01")
        try await first.feed("0110")
        try await first.stop()
        func expectRefusal(_ key: String, _ change: (inout StreamConfiguration) -> Void) async {
            let error = await #expect(throws: DaemonFailure.self) {
                _ = try await symbolDaemon(in: first.directory, alphabet: "01") { change(&$0.learner) }
            }
            #expect(error?.code == .unusableData)
            #expect(error?.message.contains("learner.\(key)") == true, "\(error?.message ?? "")")
        }
        await expectRefusal("alphabet") { $0.alphabet = Array("10".utf8) }
        await expectRefusal("alphabet") { $0.alphabet = [] }
        await expectRefusal("hiddenUnits") { $0.learner.hiddenUnits = 9 }
        await expectRefusal("optimizer") { $0.learner.optimizer = .plain }
        // What only streams of numbers use may change.
        let second = try await symbolDaemon(in: first.directory, alphabet: "01") {
            $0.learner.learner.horizons = [5]
            $0.learner.learner.lags = 0
            $0.learner.learner.maxSymbols = 3
            $0.learner.learner.connections = 3
            $0.learner.channels = .count(4)
        }
        try await second.stop()
    }
}
