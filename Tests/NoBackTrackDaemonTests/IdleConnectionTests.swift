import NoBackTrackDaemon
import NoBackTrackSystem
import NoBackTrackTestSupport
import NoBackTrackWire
import Synchronization
import Testing

/// Whoever keeps a connection without using it cannot keep others out.
@Suite(.timeLimit(.minutes(2 * TestConditions.slowness))) struct IdleConnectionTests {
    @Test func theProducerIdleLongestMakesRoomAndHalfItsLineIsLeft() async throws {
        let record = LogRecord()
        let daemon = try await RunningDaemon(logger: record.logger) {
            $0.ingest.maxConnections = 2
            $0.ingest.idleSeconds = 1
        }
        let client = try daemon.client()
        let older = try daemon.producer()
        try await older.send("{\"stream\":\"old\",\"a\":1}\n{\"stream\":\"old\",\"a\":2}")
        #expect(try await client.ask(#"{"op":"flush"}"#, as: FlushMessage.self).samples == 1)
        let newer = try daemon.producer()
        try await newer.send("{\"stream\":\"new\",\"a\":1}\n")
        #expect(try await client.ask(#"{"op":"flush"}"#, as: FlushMessage.self).samples == 2)
        #expect(try await daemon.feed("{\"stream\":\"third\",\"a\":1}\n") == [])
        // Nothing was said about the half line: it may have been half a number.
        #expect(try await older.lines() == [])
        await record.waitFor("socket=ingest")
        #expect(record.lines.contains { $0.hasPrefix("notice An idle connection gave up its place") })
        try await newer.send("{\"stream\":\"new\",\"a\":2}\n")
        #expect(try await client.ask(#"{"op":"flush"}"#, as: FlushMessage.self).samples == 4)
        let status = try await client.ask(#"{"op":"status"}"#, as: StatusMessage.self)
        #expect(status.rejected == [:])
        let steps = Dictionary(uniqueKeysWithValues: status.streams.map { ($0.stream, $0.step) })
        #expect(steps == ["old": 1, "new": 2, "third": 1])
        try await daemon.stop()
    }

    @Test func aByteNowAndThenIsNoUse() async throws {
        let daemon = try await RunningDaemon {
            $0.ingest.maxConnections = 1
            $0.ingest.idleSeconds = 1
        }
        let slow = try daemon.producer()
        try await slow.send("{")
        let drip = Task {
            // Ends with the connection: writing fails then.
            while !Task.isCancelled {
                try await slow.send(" ")
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        #expect(try await daemon.feed(wave(0..<10)) == [])
        await #expect(throws: SystemError.self) { try await drip.value }
        let status = try await daemon.client().ask(#"{"op":"status"}"#, as: StatusMessage.self)
        #expect(status.samples == 10)
        try await daemon.stop()
    }

    @Test func belowTheLimitNobodyIsClosed() async throws {
        let record = LogRecord()
        let daemon = try await RunningDaemon(logger: record.logger) {
            $0.ingest.maxConnections = 2
            $0.ingest.idleSeconds = 1
        }
        let silent = try daemon.producer()
        try await silent.send("{\"stream\":\"silent\",\"a\":1}\n")
        let start = Clocks.monotonicNanoseconds()
        var count: UInt64 = 1
        while Clocks.monotonicNanoseconds() - start < 1_500_000_000 {
            #expect(try await daemon.feed("{\"stream\":\"busy\",\"a\":1}\n") == [])
            count += 1
        }
        try await silent.send("{\"stream\":\"silent\",\"a\":2}\n")
        let client = try daemon.client()
        #expect(try await client.ask(#"{"op":"flush"}"#, as: FlushMessage.self).samples == count + 1)
        try await daemon.stop()
        #expect(!record.lines.contains { $0.contains("gave up its place") })
    }

    @Test func theSubscriberThatNeverReadsMakesRoomAndTheOneThatReadsStays() async throws {
        let record = LogRecord()
        let daemon = try await RunningDaemon(logger: record.logger) {
            $0.predict.maxConnections = 2
            $0.predict.idleSeconds = 1
        }
        let reader = try daemon.client()
        _ = try await reader.ask(#"{"op":"subscribe"}"#)
        let deaf = try UnixClient(daemon.predict, receiveBuffer: 4096)
        _ = try await deaf.ask(#"{"op":"subscribe"}"#)
        let goal = Mutex(UInt64.max)
        let (enough, hasEnough) = AsyncStream<Void>.makeStream()
        let reading = Task {
            var bytes = 0
            while let line = try await reader.line() {
                bytes += line.utf8.count
                // More than the kernel keeps for the one that never reads.
                if bytes > 1 << 20 { hasEnough.finish() }
                if try ForecastMessage(line: Array(line.utf8)).step == goal.withLock({ $0 }) { return true }
            }
            return false
        }
        let producer = Task {
            var step = 0
            while !Task.isCancelled {
                try await daemon.feed(wave(step..<step + 100))
                step += 100
            }
            return step
        }
        // From now on the one that reads is never idle for longer than the other, however busy this machine is.
        for await _ in enough {}
        // Waits until there is a place for it.
        let third = try daemon.client()
        let answer = try await third.ask(#"{"op":"status"}"#, as: StatusMessage.self)
        #expect(answer.subscribers == 1)
        await record.waitFor("socket=predict")
        #expect(record.lines.contains { $0.hasPrefix("notice An idle connection gave up its place") })
        producer.cancel()
        let steps = try await producer.value
        goal.withLock { $0 = UInt64(steps + 1) }
        try await daemon.feed(wave(steps..<steps + 1))
        #expect(try await reading.value)
        try await daemon.stop()
        #expect(record.lines.count { $0.contains("gave up its place") } == 1)
    }

    @Test func aClientThatOnlyConnectsMakesRoomForOneThatAsks() async throws {
        let daemon = try await RunningDaemon {
            $0.predict.maxConnections = 1
            $0.predict.idleSeconds = 1
        }
        let mute = try daemon.client()
        try await mute.send("{\"op\":")
        #expect(try await daemon.client().ask(#"{"op":"status"}"#, as: StatusMessage.self).ok == true)
        #expect(try await mute.line() == nil)
        try await daemon.stop()
    }
}
