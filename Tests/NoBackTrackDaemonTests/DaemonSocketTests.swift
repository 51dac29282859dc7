import Glibc
import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackDaemon
import NoBackTrackSystem
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

/// Through the sockets of a daemon in this process.
@Suite struct DaemonSocketTests {
    @Test func garbageIsAnsweredAndTheRestLearned() async throws {
        let daemon = try await RunningDaemon()
        let errors = try await daemon.feed("garbage\n{\"temp\":1}\n")
        #expect(errors.count == 1)
        #expect(errors.first?.hasPrefix(#"{"ok":false,"line":1,"error":{"code":"bad_syntax","#) == true)
        let status = try await daemon.client().ask(#"{"op":"status","id":7}"#, as: StatusMessage.self)
        #expect(status.id == .number(7))
        #expect(status.samples == 1)
        #expect(status.rejected == ["bad_syntax": 1])
        #expect(status.streams.map(\.stream) == ["default"])
        #expect(status.lag == 0)
        try await daemon.stop()
    }

    @Test func errorsOfParserAndStreamComeInTheOrderOfLines() async throws {
        let daemon = try await RunningDaemon()
        let errors = try await daemon.feed(
            "{\"a\":1}\n{\"b\":1}\n{\n{\"a\":2,\"b\":1}\n{\"a\":\"x\"}\n{\"stream\":\"\",\"a\":1}\n{\"a\":3}\n"
        )
        let codes = ["unknown_channel", "bad_syntax", "unknown_channel", "bad_number", "bad_stream_name"]
        #expect(errors.count == codes.count)
        for (place, (error, code)) in zip(errors, codes).enumerated() {
            #expect(error.contains("\"line\":\(place + 2),"), "\(error)")
            #expect(error.contains(code), "\(error)")
        }
        let streams = try await daemon.client().ask(#"{"op":"streams"}"#, as: StreamsMessage.self)
        #expect(streams.streams.map(\.step) == [2])
        #expect(streams.streams.map(\.rejected) == [2])
        try await daemon.stop()
    }

    @Test func everyFormatAtOnce() async throws {
        let daemon = try await RunningDaemon()
        async let json = daemon.feed(wave(0..<50, stream: "json"))
        async let csv = daemon.feed("stream,time,a,b\r\ncsv,1,2,3\r\ncsv,2,,4\r\n")
        async let influx = daemon.feed("boiler,site=b,room=a temp=20.1 1763935200000000000\n")
        async let plain = daemon.feed("[1,2]\n[3,4]")
        #expect(try await (json, csv, influx, plain) == ([], [], [], []))
        let status = try await daemon.client().ask(#"{"op":"status"}"#, as: StatusMessage.self)
        let steps = Dictionary(uniqueKeysWithValues: status.streams.map { ($0.stream, $0.step) })
        #expect(steps == ["json": 50, "csv": 2, "boiler,room=a,site=b": 1, "default": 2])
        #expect(status.streams.first { $0.stream == "csv" }?.missing == 1)
        #expect(status.streams.first { $0.stream == "boiler,room=a,site=b" }?.time == 1_763_935_200)
        try await daemon.stop()
    }

    @Test func forecastAnswersWhatIsAsked() async throws {
        let daemon = try await RunningDaemon { $0.learner.learner.horizons = [1, 3] }
        try await daemon.feed(wave(0..<400, stream: "boiler"))
        let client = try daemon.client()
        let all = try await client.ask(#"{"op":"forecast"}"#, as: ForecastMessage.self)
        #expect(all.ok == true && all.stream == "boiler" && all.step == 400 && all.time == 1399)
        #expect(all.warming == nil)
        #expect(all.forecasts.map(\.channel) == ["level", "level", "flow", "flow"])
        #expect(all.forecasts.map(\.horizon) == [1, 3, 1, 3])
        let one = try await client.ask(
            #"{"op":"forecast","id":"q","stream":"boiler","horizons":[3],"channels":["flow"],"level":0.5}"#,
            as: ForecastMessage.self)
        #expect(one.id == .string("q"))
        #expect(one.forecasts.count == 1)
        let head = try #require(one.forecasts.first)
        #expect(head.mean == all.forecasts[3].mean && head.level == 0.5)
        let narrow = try #require(head.upper) - #require(head.lower)
        let wide = try #require(all.forecasts[3].upper) - #require(all.forecasts[3].lower)
        #expect(narrow < wide)
        try await daemon.stop()
    }

    @Test func requestsThatCannotBeAnsweredSayWhy() async throws {
        let daemon = try await RunningDaemon()
        let client = try daemon.client()
        #expect(try await client.refusal(#"{"op":"forecast"}"#) == "unknown_stream")
        try await daemon.feed("{\"stream\":\"a\",\"x\":1}\n{\"stream\":\"b\",\"x\":1}\n")
        let cases = [
            (#"{"op":"forecast"}"#, "ambiguous_stream"),
            (#"{"op":"forecast","stream":"c"}"#, "unknown_stream"),
            (#"{"op":"forecast","stream":"../../etc"}"#, "unknown_stream"),
            (#"{"op":"forecast","stream":"a","channels":["y"]}"#, "unknown_channel"),
            (#"{"op":"forecast","stream":"a","horizons":[2]}"#, "unknown_horizon"),
            (#"{"op":"forecast","stream":"a","level":1}"#, "bad_level"),
            (#"{"op":"forecast","stream":"a","level":-0.5}"#, "bad_level"),
            (#"{"op":"subscribe","stream":"c"}"#, "unknown_stream"),
            (#"{"op":"snapshot","stream":"c"}"#, "unknown_stream"),
            (#"{"op":"learn","stream":"a"}"#, "bad_request"),
            (#"{"op":"dance"}"#, "unknown_op"),
            (#"{"op":"reset","stream":"c"}"#, "unknown_stream"),
            (#"{"op":"metrics","format":"xml"}"#, "bad_request"),
            ("nonsense", "bad_request"),
            ("[]", "bad_request"),
            (#"{"stream":"a"}"#, "bad_request"),
            (#"{"op":"forecast","stream":5}"#, "bad_request"),
            (String(repeating: "x", count: 70_000), "line_too_long"),
        ]
        for (request, code) in cases {
            #expect(try await client.refusal(request) == code, "\(request.prefix(60))")
        }
        let answer = try await client.ask(#"{"op":5,"id":"me"}"#, as: ErrorMessage.self)
        #expect(answer.id == .string("me"))
        try await daemon.stop()
    }

    @Test func subscriberGetsOneEventASample() async throws {
        let daemon = try await RunningDaemon()
        let early = try daemon.client()
        #expect(try await early.ask(#"{"op":"subscribe"}"#, as: SubscribeMessage.self).stream == nil)
        try await daemon.feed(wave(0..<100))
        for step in 1...100 {
            let line = try #require(try await early.line())
            let event = try ForecastMessage(line: Array(line.utf8))
            #expect(event.event == "forecast" && event.step == UInt64(step) && event.dropped == nil)
        }
        let late = try daemon.client()
        #expect(
            try await late.ask(#"{"op":"subscribe","stream":"default"}"#, as: SubscribeMessage.self).stream
                == "default")
        // A client that only listens may close its side.
        late.closeWriting()
        try await daemon.feed(wave(100..<103))
        let line = try #require(try await late.line())
        #expect(try ForecastMessage(line: Array(line.utf8)).step == 101)
        #expect(try await daemon.client().ask(#"{"op":"status"}"#, as: StatusMessage.self).subscribers == 2)
        try await daemon.stop()
        #expect(try await late.lines().count == 2)
    }

    @Test func slowSubscriberLosesEventsAndIsToldHowMany() async throws {
        let daemon = try await RunningDaemon { $0.predict.subscriberQueueEvents = 8 }
        let slow = try UnixClient(daemon.predict, receiveBuffer: 4096)
        _ = try await slow.ask(#"{"op":"subscribe"}"#)
        let count = 6000
        try await daemon.feed(wave(0..<count))
        // The learner was not held up: everything is learned although nobody read.
        #expect(
            try await daemon.client().ask(#"{"op":"flush"}"#, as: FlushMessage.self).samples == UInt64(count))
        try await expectGaps(slow, upTo: count) { _ in }
        try await daemon.stop()
    }

    /// Reads a subscriber's events up to a step: some are missing, and it is told how many.
    private func expectGaps(
        _ subscriber: UnixClient, upTo count: Int, _ look: (String) -> Void
    ) async throws {
        var last: UInt64 = 0
        var dropped: UInt64 = 0
        while last < UInt64(count) {
            let line = try #require(try await subscriber.line())
            let event = try ForecastMessage(line: Array(line.utf8))
            #expect(event.step == last + 1 + (event.dropped ?? 0))
            look(line)
            dropped += event.dropped ?? 0
            last = event.step
        }
        #expect(dropped > 0)
    }

    @Test func largeEventsOfASlowSubscriberAreBoundedByTheirBytes() async throws {
        let daemon = try await RunningDaemon { $0.predict.subscriberQueueBytes = 4096 }
        let slow = try UnixClient(daemon.predict, receiveBuffer: 4096)
        _ = try await slow.ask(#"{"op":"subscribe"}"#)
        // An event names its channel twice: this one is larger than the queue.
        let name = String(repeating: "n", count: 10_000)
        let count = 200
        for value in 0..<count { try await daemon.feed("{\"\(name)\":\(value)}\n") }
        #expect(
            try await daemon.client().ask(#"{"op":"flush"}"#, as: FlushMessage.self).samples == UInt64(count))
        try await expectGaps(slow, upTo: count) { line in #expect(line.utf8.count > 20_000) }
        try await daemon.stop()
    }

    @Test func aConnectionSubscribesToSoManyStreamsAndToEachOnce() async throws {
        let daemon = try await RunningDaemon { $0.streams.max = 2 }
        let client = try daemon.client()
        for _ in 0..<3 { _ = try await client.ask(#"{"op":"subscribe"}"#) }
        try await daemon.feed(wave(0..<1, stream: "a"))
        #expect(try ForecastMessage(line: Array(try #require(try await client.line()).utf8)).step == 1)
        try await daemon.feed(wave(0..<1, stream: "b") + wave(0..<1, stream: "c"))
        // Had it got an event of the first stream three times, the answers would come behind the others.
        for stream in ["a", "b"] {
            let answer = try await client.ask(
                "{\"op\":\"subscribe\",\"stream\":\"\(stream)\"}", as: SubscribeMessage.self)
            #expect(answer.stream == stream)
        }
        #expect(try await client.refusal(#"{"op":"subscribe","stream":"c"}"#) == "too_many_subscriptions")
        try await daemon.stop()
    }

    @Test func answersToLinesOfAByteAreLeftOutWhenTheyAreTooMany() async throws {
        let daemon = try await RunningDaemon()
        let client = try daemon.client()
        let producer = try daemon.producer()
        try await producer.send("{\"a\":1}\n")
        _ = try await client.ask(#"{"op":"flush"}"#)
        // All in one read; a read after it would find that its answers are not taken yet.
        let count = 16_000
        try await producer.send(String(repeating: "x\n", count: count))
        var (answers, bytes, left) = (0, 0, 0)
        while answers + left < count {
            let line = try #require(try await producer.line())
            answers += 1
            bytes += line.utf8.count + 1
            let words = line.split(separator: " ")
            if let place = words.firstIndex(of: "more"), place > 0 {
                left = try #require(Int(words[place - 1]))
            }
        }
        #expect(left > 0 && answers + left == count)
        #expect(bytes > 1 << 20 && bytes < 1 << 20 + 1024)
        let status = try await client.ask(#"{"op":"status"}"#, as: StatusMessage.self)
        #expect(status.samples == 1 && status.rejected == ["bad_syntax": UInt64(count)])
        try await daemon.stop()
    }

    @Test func producerThatNeverReadsIsNotHeldUp() async throws {
        let daemon = try await RunningDaemon()
        let producer = try UnixClient(daemon.ingest, receiveBuffer: 4096)
        let errors = String(repeating: "{\"a\":nonsense}\n", count: 20_000)
        try await producer.send("{\"a\":1}\n" + errors + "{\"a\":2}\n")
        let status = daemon
        let client = try status.client()
        #expect(try await client.ask(#"{"op":"flush"}"#, as: FlushMessage.self).samples == 2)
        try await daemon.stop()
    }

    @Test func flushCountsWhatTheKernelHolds() async throws {
        let daemon = try await RunningDaemon()
        let client = try daemon.client()
        for round in 1...20 {
            // Connected, written and closed before the daemon has accepted anything.
            let producers = try (0..<5).map { _ in try daemon.producer() }
            for producer in producers {
                try await producer.send(wave(0..<20, stream: "s\(round % 3)", isTimed: false))
                producer.closeWriting()
            }
            let flushed = try await client.ask(#"{"op":"flush"}"#, as: FlushMessage.self)
            #expect(flushed.samples == UInt64(round * 100))
        }
        try await daemon.stop()
    }

    @Test func learningStandsStillOnRequest() async throws {
        let daemon = try await RunningDaemon()
        try await daemon.feed(wave(0..<300))
        let client = try daemon.client()
        _ = try await client.ask(#"{"op":"snapshot"}"#)
        let before = try #require(try daemon.checkpoint("default"))
        #expect(try await client.ask(#"{"op":"learn","enabled":false}"#).contains("\"enabled\":false"))
        try await daemon.feed(wave(300..<400))
        let written = try await client.ask(#"{"op":"snapshot"}"#, as: SnapshotMessage.self)
        #expect(written.written.map(\.step) == [400])
        let after = try #require(try daemon.checkpoint("default"))
        for name in ["theta", "readout.phi"] {
            let old = before.tensors.first { $0.name == name }
            #expect(old != nil && old == after.tensors.first { $0.name == name }, "\(name)")
        }
        try await daemon.stop()
    }
}
