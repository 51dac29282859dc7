import NIOCore
import NoBackTrackClient
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

@Suite(.timeLimit(.minutes(5 * TestConditions.slowness)))
struct ForecastEventsTests {
    static func event(_ step: UInt64) -> ForecastMessage {
        .event(
            stream: "boiler", step: step, time: Double(step), warming: nil, score: 0.5,
            forecasts: [HeadForecast(channel: "temp", horizon: 1, mean: 20, lower: 19, upper: 21, level: 0.9)]
        )
    }

    static func lines(_ steps: ClosedRange<UInt64>) -> String {
        var bytes: [UInt8] = []
        for step in steps { event(step).appendLine(to: &bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Answers `subscribe` and writes events right behind the answer.
    static func subscribed(_ request: PredictRequest, _ events: String, closing: Bool)
        -> ScriptedDaemon.Reaction
    {
        let texts = [
            PredictClientTests.line(SubscribeMessage(id: request.id, stream: request.stream)) + events
        ]
        return closing ? .writeAndClose(texts) : .write(texts)
    }

    @Test func everyEventComesInOrderUntilTheDaemonStops() async throws {
        try await ScriptedDaemon.run {
            Self.subscribed($0, Self.lines(1...2000), closing: true)
        } _: { daemon in
            let client = try await PredictClient.connect(to: daemon.path)
            var expected: UInt64 = 1
            for try await event in try await client.subscribe(stream: "boiler") {
                #expect(event == Self.event(expected))
                expected += 1
            }
            #expect(expected == 2001)
        }
    }

    @Test func questionsAreAnsweredBetweenEvents() async throws {
        try await ScriptedDaemon.run { request in
            request.op == "subscribe"
                ? Self.subscribed(request, Self.lines(1...3), closing: false)
                : .write([
                    PredictClientTests.line(FlushMessage(id: request.id, samples: 3)), Self.lines(4...4),
                ])
        } _: { daemon in
            let client = try await PredictClient.connect(to: daemon.path)
            let events = try await client.subscribe()
            #expect(try await client.flush().samples == 3)
            var steps: [UInt64] = []
            for try await event in events {
                steps.append(event.step)
                if event.step == 4 { break }
            }
            #expect(steps == [1, 2, 3, 4])
            await client.close()
        }
    }

    @Test func slowSubscriberSlowsTheSender() async throws {
        // Far more than the kernel's buffers and the client's hold.
        let events = Self.lines(1...20_000)
        try await ScriptedDaemon.run {
            Self.subscribed($0, "", closing: false)
        } _: { daemon in
            let client = try await PredictClient.connect(to: daemon.path)
            let sequence = try await client.subscribe()
            let server = try #require(await daemon.connections.first { _ in true })
            let written = server.eventLoop.makePromise(of: Void.self)
            let isWritten = Flag()
            written.futureResult.whenComplete { _ in isWritten.raise() }
            server.writeAndFlush(ByteBuffer(string: events), promise: written)
            var count = 0
            for try await event in sequence {
                count += 1
                if count == 1000 { #expect(!isWritten.isRaised, "nothing held the sender back") }
                if event.step == 20_000 { break }
            }
            #expect(count == 20_000)
            try await written.futureResult.get()
            await client.close()
        }
    }

    @Test func garbageAmongEventsEndsThem() async throws {
        try await ScriptedDaemon.run {
            Self.subscribed($0, Self.lines(1...1) + "garbage\n", closing: false)
        } _: {
            daemon in
            let client = try await PredictClient.connect(to: daemon.path)
            var iterator = try await client.subscribe().makeAsyncIterator()
            #expect(try await iterator.next()?.step == 1)
            await #expect(throws: PredictClientError.self) { try await iterator.next() }
        }
    }

    @Test func cancelledSubscriberEnds() async throws {
        try await ScriptedDaemon.run {
            Self.subscribed($0, Self.lines(1...1), closing: false)
        } _: { daemon in
            let client = try await PredictClient.connect(to: daemon.path)
            let events = try await client.subscribe()
            let (seen, continuation) = AsyncStream.makeStream(of: UInt64.self)
            let watching = Task {
                for try await event in events { continuation.yield(event.step) }
                return true
            }
            #expect(await seen.first { _ in true } == 1)
            watching.cancel()
            #expect(try await watching.value)
            await client.close()
        }
    }
}
