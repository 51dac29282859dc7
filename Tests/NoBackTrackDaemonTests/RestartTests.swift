import Glibc
import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackDaemon
import NoBackTrackSystem
import NoBackTrackTestSupport
import NoBackTrackWire
import Synchronization
import Testing

/// Connections that stay open while one daemon goes and the next one comes.
@Suite struct RestartTests {
    /// A restart: the old one stops, the new one gets what it left.
    ///
    /// - Parameter between: is told in how many bytes the old one tells of its connections.
    private func restart(
        _ daemon: RunningDaemon, _ kept: KeptDescriptors,
        _ change: (inout DaemonConfiguration) -> Void = { _ in },
        between: (Int) async throws -> Void = { _ in }
    ) async throws -> RunningDaemon {
        try await daemon.stop()
        try await between(kept.listBytes)
        return try await RunningDaemon(
            in: daemon.directory, handedOver: kept.handedOver, descriptorStore: kept.store, change)
    }

    /// Bytes in every format, as one producer sends them.
    static let inputs: [(format: SampleFormat, bytes: [UInt8])] = [
        (.auto, Array(wave(0..<40).utf8)),
        (.auto, Array(("time,level,flow\n" + (0..<40).map { "\($0),\($0 % 7),\($0 % 3)\n" }.joined()).utf8)),
        (.auto, Array((0..<40).map { "\($0 % 7);\($0 % 3)\n" }.joined().utf8)),
        (.csv, Array(("a\tb\n" + (0..<40).map { "\($0 % 7)\t\($0 % 3)\n" }.joined()).utf8)),
        (.auto, Array((0..<40).map { "default level=\($0 % 7),flow=\($0 % 3)\n" }.joined().utf8)),
        (.f32le, (0..<80).flatMap { withUnsafeBytes(of: Float($0 % 7).bitPattern.littleEndian, Array.init) }),
        (.symbols, Array(String(repeating: "abracadabra", count: 8).utf8)),
    ]

    @Test(arguments: inputs)
    func aProducerGoesOnInTheMiddleOfALine(input: (format: SampleFormat, bytes: [UInt8])) async throws {
        func change(_ configuration: inout DaemonConfiguration) {
            configuration.ingest.format = input.format
            configuration.ingest.ack = .learned
            if input.format.isRaw {
                configuration.ingest.frame = SampleLayout(stream: nil, channels: ["a", "b"])
            }
        }
        let once = try await RunningDaemon(change)
        let undisturbed = try once.producer()
        try await undisturbed.send(input.bytes)
        undisturbed.closeWriting()
        let expected = try #require(await undisturbed.lines().last)
        try await once.stop()

        let kept = KeptDescriptors()
        var daemon = try await RunningDaemon(descriptorStore: kept.store, change)
        let producer = try daemon.producer()
        // It is accepted here: those that wait for that would be the next one's, had it the same socket.
        _ = try await daemon.client().ask(#"{"op":"flush"}"#)
        var sent = 0
        // Cuts within the first line, within later ones, and between two.
        for cut in [3, 20, 61, 62, 200, input.bytes.count] where cut > sent && cut <= input.bytes.count {
            try await producer.send(Array(input.bytes[sent..<cut]))
            sent = cut
            if cut < input.bytes.count {
                daemon = try await restart(daemon, kept, change)
            }
        }
        producer.closeWriting()
        let lines = try await producer.lines()
        #expect(lines.last == expected, "\(lines)")
        #expect(lines.allSatisfy { $0.hasPrefix("{\"ack\":") }, "\(lines)")
        try await daemon.stop()
        #expect(kept.count == 0)
        #expect(try daemon.checkpoint("default") == once.checkpoint("default"))
    }

    @Test func aSubscriberMissesNothingAndAQuestionIsAnsweredOnce() async throws {
        let kept = KeptDescriptors()
        var daemon = try await RunningDaemon(descriptorStore: kept.store)
        let producer = try daemon.producer()
        let early = try daemon.client()
        #expect(try await early.ask(#"{"op":"subscribe"}"#, as: SubscribeMessage.self).stream == nil)
        _ = try await daemon.client().ask(#"{"op":"flush"}"#)
        daemon = try await restart(daemon, kept)
        let asking = try daemon.client()
        try await asking.send(#"{"op":"flush","#)
        for part in [0..<50, 50..<51, 51..<120] {
            try await producer.send(wave(part))
            daemon = try await restart(daemon, kept)
        }
        try await asking.send("\"id\":1}\n{\"op\":\"forecast\",\"id\":2}\n")
        #expect(try FlushMessage(line: Array(try #require(await asking.line()).utf8)).id == .number(1))
        let forecast = try ForecastMessage(line: Array(try #require(await asking.line()).utf8))
        #expect(forecast.step == 120)
        for step in 1...120 {
            let event = try ForecastMessage(line: Array(try #require(await early.line()).utf8))
            #expect(event.step == UInt64(step) && event.dropped == nil)
        }
        try await daemon.stop()
    }

    @Test(.timeLimit(.minutes(2 * TestConditions.slowness))) func aFlushHoldsThroughRestarts() async throws {
        let kept = KeptDescriptors()
        var daemon = try await RunningDaemon(descriptorStore: kept.store)
        // Many checkpoints to write on the way out, while clients go on.
        for number in 0..<30 { try await daemon.feed(wave(0..<2, stream: "other\(number)")) }
        try await daemon.feed("{\"stream\":\"a\",\"x\":0}\n")
        let producer = try daemon.producer()
        let client = try daemon.client()
        _ = try await client.ask(#"{"op":"flush"}"#)
        let isOver = Mutex(false)
        let asking = Task {
            var count: UInt64 = 1
            while !isOver.withLock({ $0 }) {
                try await producer.send("{\"stream\":\"a\",\"x\":\(count % 7)}\n")
                count += 1
                #expect(try await client.ask(#"{"op":"flush"}"#, as: FlushMessage.self).ok == true)
                let forecast = try await client.ask(
                    #"{"op":"forecast","stream":"a"}"#, as: ForecastMessage.self)
                #expect(forecast.step == count)
            }
        }
        for _ in 0..<5 {
            daemon = try await restart(daemon, kept)
            for number in 0..<30 {
                try await daemon.feed(wave(0..<1, stream: "other\(number)", isTimed: false))
            }
        }
        isOver.withLock { $0 = true }
        try await asking.value
        try await daemon.stop()
    }

    @Test(.timeLimit(.minutes(2 * TestConditions.slowness)), arguments: [false, true])
    func whatWasAskedAtOnceIsAnsweredByBoth(endsItsSide: Bool) async throws {
        func change(_ configuration: inout DaemonConfiguration) {
            configuration.predict.maxRequestsPerSecond = 200
        }
        let kept = KeptDescriptors()
        var daemon = try await RunningDaemon(descriptorStore: kept.store, change)
        try await daemon.feed(wave(0..<3))
        let client = try daemon.client()
        // More than a second's worth, the last of it half asked.
        let count = 600
        let last = ["{\"op\":", "\"forecast\",\"id\":\(count)}"]
        let requests = (0..<count).map { "{\"op\":\"forecast\",\"id\":\($0)}\n" }
        try await client.send(requests.joined() + last[0] + (endsItsSide ? last[1] : ""))
        if endsItsSide { client.closeWriting() }
        #expect(try await client.line() != nil)
        daemon = try await restart(daemon, kept, change)
        if !endsItsSide { try await client.send(last[1] + "\n") }
        for number in 1...count {
            let line = try #require(await client.line())
            #expect(try ForecastMessage(line: Array(line.utf8)).id == .number(Double(number)))
        }
        if endsItsSide { #expect(try await client.line() == nil) }
        try await daemon.stop()
    }

    @Test(.timeLimit(.minutes(2 * TestConditions.slowness)))
    func aFlushThatTakesLongIsAnsweredAndItsConnectionStays()
        async throws
    {
        let kept = KeptDescriptors()
        var daemon = try await RunningDaemon(descriptorStore: kept.store)
        let producer = try daemon.producer()
        let client = try daemon.client()
        // Some seconds of work, of which the kernel holds a part.
        let count: UInt64 = 20_000
        let sending = Task {
            try await producer.send((0..<count).map { "{\"x\":\($0 % 17)}\n" }.joined())
        }
        _ = try await client.ask(#"{"op":"flush"}"#)
        try await client.send("{\"op\":\"flush\"}\n{\"op\":\"status\"}\n")
        daemon = try await restart(daemon, kept)
        #expect(try FlushMessage(line: Array(try #require(await client.line()).utf8)).ok == true)
        #expect(try StatusMessage(line: Array(try #require(await client.line()).utf8)).ok == true)
        try await sending.value
        #expect(try await client.ask(#"{"op":"flush"}"#, as: FlushMessage.self).ok == true)
        #expect(try await client.ask(#"{"op":"forecast"}"#, as: ForecastMessage.self).step == count)
        try await daemon.stop()
    }

    @Test func aLineThatOnlyTheEndEndsIsAcknowledged() async throws {
        func change(_ configuration: inout DaemonConfiguration) { configuration.ingest.ack = .learned }
        let kept = KeptDescriptors()
        var daemon = try await RunningDaemon(descriptorStore: kept.store, change)
        var expected: UInt64 = 0
        for _ in 0..<10 {
            var producers: [UnixClient] = []
            for _ in 0..<20 {
                let producer = try daemon.producer()
                try await producer.send("{\"stream\":\"a\",\"x\":1}\n{\"stream\":\"a\",\"x\":2}")
                producer.closeWriting()
                producers.append(producer)
                expected += 2
            }
            let client = try daemon.client()
            _ = try await client.ask(#"{"op":"flush"}"#)
            let forecast = try await client.ask(#"{"op":"forecast","stream":"a"}"#, as: ForecastMessage.self)
            #expect(forecast.step == expected)
            // Some of these are in the middle of it.
            for _ in 0..<20 {
                let producer = try daemon.producer()
                try await producer.send("{\"stream\":\"b\",\"x\":1}\n{\"stream\":\"b\",\"x\":2}")
                producers.append(producer)
            }
            _ = try await client.ask(#"{"op":"flush"}"#)
            for producer in producers.suffix(20) { producer.closeWriting() }
            daemon = try await restart(daemon, kept, change)
            for producer in producers {
                #expect(try await producer.lines().last == "{\"ack\":2}")
            }
        }
        try await daemon.stop()
    }

    /// How a producer ends while no daemon runs.
    enum Farewell: CaseIterable { case goes, endsItsSide }

    @Test(arguments: Farewell.allCases, [DaemonConfiguration.Acknowledgement.none, .learned])
    func aProducerThatEndsInTheGapHasAllLearned(
        farewell: Farewell, acknowledgement: DaemonConfiguration.Acknowledgement
    ) async throws {
        func change(_ configuration: inout DaemonConfiguration) {
            configuration.ingest.format = .csv
            configuration.ingest.ack = acknowledgement
        }
        let kept = KeptDescriptors()
        let first = try await RunningDaemon(descriptorStore: kept.store, change)
        var producer: UnixClient? = try first.producer()
        try await producer?.send("level\n1\n2\n1")
        _ = try await first.client().ask(#"{"op":"flush"}"#)
        let next = try await restart(first, kept, change) { _ in
            // Half a line was read, the rest the kernel keeps; the last line has no end but the connection's.
            try await producer?.send("3\n4\n15")
            if farewell == .goes { producer = nil } else { producer?.closeWriting() }
        }
        let client = try next.client()
        _ = try await client.ask(#"{"op":"flush"}"#)
        // Who goes without having read its acknowledgements has broken off: only complete lines count.
        let isBroken = farewell == .goes && acknowledgement != .none
        let step = try await client.ask(#"{"op":"forecast"}"#, as: ForecastMessage.self).step
        #expect(step == (isBroken ? 4 : 5))
        if let producer {
            let last = try await producer.lines().last
            #expect(last == (acknowledgement == .none ? nil : "{\"ack\":5}"))
        }
        try await next.stop()
    }

    @Test func whatIsHalfSaidAtTheEndIsNoSample() async throws {
        let kept = KeptDescriptors()
        let first = try await RunningDaemon(descriptorStore: kept.store) { $0.ingest.format = .csv }
        let producer = try first.producer()
        try await producer.send("level\n1\n2\n1")
        _ = try await first.client().ask(#"{"op":"flush"}"#)
        try await first.stop()
        // Nobody goes on with it.
        let next = try await RunningDaemon(in: first.directory) { $0.ingest.format = .csv }
        #expect(try await next.client().ask(#"{"op":"forecast"}"#, as: ForecastMessage.self).step == 2)
        try await next.stop()
    }

    @Test(.timeLimit(.minutes(2 * TestConditions.slowness))) func whoHasJustConnectedIsAnswered() async throws
    {
        // The socket stays, as a service manager's does.
        let directory = try TemporaryDirectory()
        try #require(mkdir(directory.file("run"), 0o700) == 0)
        let socket = try ListeningSocket(path: directory.file("run/predict.sock"))
        let kept = KeptDescriptors()
        _ = kept.store.keep([socket.descriptor], "predict")
        var daemon = try await RunningDaemon(
            in: directory, handedOver: kept.handedOver, descriptorStore: kept.store)
        try await daemon.feed(wave(0..<3))
        for _ in 0..<10 {
            var clients: [UnixClient] = []
            for number in 0..<20 {
                clients.append(try daemon.client())
                try await clients[number].send("{\"op\":\"forecast\",\"id\":\(number)}\n")
            }
            daemon = try await restart(daemon, kept)
            for (number, client) in clients.enumerated() {
                let line = try #require(await client.line())
                #expect(try ForecastMessage(line: Array(line.utf8)).id == .number(Double(number)))
            }
        }
        try await daemon.stop()
    }

    @Test(.timeLimit(.minutes(5 * TestConditions.slowness))) func aFloodThroughRestartsLosesNothing()
        async throws
    {
        let kept = KeptDescriptors()
        func change(_ configuration: inout DaemonConfiguration) {
            configuration.ingest.ack = .durable
            configuration.learner.learner.hiddenUnits = 4
            configuration.learner.learner.experts = .none
        }
        var daemon = try await RunningDaemon(descriptorStore: kept.store, change)
        let count = 30_000
        var sizes: [Int] = []
        let producers = try (0..<3).map { _ in try daemon.producer() }
        _ = try await daemon.client().ask(#"{"op":"flush"}"#)
        let sending = Task {
            try await withThrowingDiscardingTaskGroup { tasks in
                for (number, producer) in producers.enumerated() {
                    tasks.addTask {
                        for start in stride(from: 0, to: count, by: 1000) {
                            let lines = (start..<start + 1000).map {
                                "{\"stream\":\"s\(number)\",\"x\":\($0 % 17)}\n"
                            }
                            try await producer.send(lines.joined())
                        }
                        producer.closeWriting()
                    }
                }
            }
        }
        var steps: [UInt64] = []
        for _ in 0..<6 {
            _ = try await daemon.client().ask(#"{"op":"flush"}"#)
            daemon = try await restart(daemon, kept, change) { sizes.append($0) }
            let streams = try await daemon.client().ask(#"{"op":"streams"}"#, as: StreamsMessage.self).streams
            steps.append(streams.map(\.step).reduce(0, +))
        }
        try await sending.value
        for (number, producer) in producers.enumerated() {
            let lines = try await producer.lines()
            #expect(lines.last == "{\"ack\":\(count)}", "\(lines.suffix(5))")
            #expect(try daemon.store.loadNewest(stream: "s\(number)").checkpoint != nil)
        }
        try await daemon.stop()
        for number in 0..<3 { #expect(try daemon.checkpoint("s\(number)")?.step == UInt64(count)) }
        #expect(
            steps == steps.sorted() && steps.contains { (1..<UInt64(3 * count)).contains($0) }, "\(steps)")
        // What is read and not learned is bounded, however fast producers are: for each a chunk, and what the kernel has
        // when they end, as base64.
        #expect(sizes.allSatisfy { $0 < 3 << 21 }, "\(sizes)")
    }

    @Test func whatCannotGoOnEnds() async throws {
        let kept = KeptDescriptors()
        let daemon = try await RunningDaemon(descriptorStore: kept.store)
        // Lines of text of which one may be a header: what they are shows later, and only here.
        let undecided = try daemon.producer()
        try await undecided.send("some words\n")
        let client = try daemon.client()
        _ = try await client.ask(#"{"op":"flush"}"#)
        let producer = try daemon.producer()
        try await producer.send(wave(0..<3))
        _ = try await client.ask(#"{"op":"flush"}"#)
        try await daemon.stop()
        #expect(try await undecided.lines() == [])
        // Another format is asked for now; and a descriptor that nobody has told of.
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let next = try await RunningDaemon(
            in: daemon.directory,
            handedOver: kept.handedOver + [HandedOverSocket(name: "connection", descriptor: ends[0])],
            descriptorStore: kept.store
        ) { $0.ingest.format = .csv }
        #expect(kept.count == 0)
        #expect(try await producer.lines() == [])
        var byte: UInt8 = 0
        #expect(read(ends[1], &byte, 1) == 0)
        close(ends[1])
        #expect(try await client.ask(#"{"op":"forecast"}"#, as: ForecastMessage.self).step == 3)
        try await next.stop()
    }

    @Test func withoutAStoreConnectionsEnd() async throws {
        let daemon = try await RunningDaemon()
        let producer = try daemon.producer()
        let client = try daemon.client()
        try await producer.send(wave(0..<3) + "{\"half")
        _ = try await client.ask(#"{"op":"flush"}"#)
        try await daemon.stop()
        #expect(try await producer.lines() == [])
        #expect(try await client.line() == nil)
    }
}
