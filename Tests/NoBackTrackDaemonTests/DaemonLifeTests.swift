import Glibc
import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackDaemon
import NoBackTrackSystem
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

/// Starts, stops, checkpoints and limits of a daemon in this process.
@Suite struct DaemonLifeTests {
    @Test func stopAndRestartContinueBitForBit() async throws {
        let once = try await RunningDaemon()
        try await once.feed(wave(0..<600))
        try await once.stop()
        let directory = try TemporaryDirectory()
        for part in [0..<1, 1..<250, 250..<600] {
            let daemon = try await RunningDaemon(in: directory)
            try await daemon.feed(wave(part))
            try await daemon.stop()
        }
        let parts = CheckpointStore(stateDirectory: directory.file("state"))
        var last = try #require(try parts.loadNewest(stream: "default").checkpoint)
        last.savedAt = 0
        let expected = try #require(try once.checkpoint("default"))
        #expect(expected.step == 600)
        #expect(last == expected)
        #expect(last.encoded() == expected.encoded())
    }

    @Test func stopLearnsWhatHasArrivedAndNoHalfLine() async throws {
        let daemon = try await RunningDaemon()
        let producers = try (0..<4).map { _ in try daemon.producer() }
        for producer in producers {
            try await producer.send(
                wave(0..<100, stream: "a", isTimed: false) + "{\"stream\":\"a\",\"level\":1")
        }
        try await daemon.stop()
        #expect(try daemon.checkpoint("a")?.step == 400)
        #expect(access(daemon.ingest, F_OK) != 0 && access(daemon.predict, F_OK) != 0)
    }

    @Test func leastRecentlyFedStreamLeavesAndComesBack() async throws {
        let daemon = try await RunningDaemon { $0.streams.max = 2 }
        try await daemon.feed(wave(0..<30, stream: "a"))
        try await daemon.feed(wave(0..<30, stream: "b"))
        try await daemon.feed(wave(0..<30, stream: "c"))
        #expect(try daemon.checkpoint("a")?.step == 30)
        let client = try daemon.client()
        let streams = try await client.ask(#"{"op":"streams"}"#, as: StreamsMessage.self).streams
        #expect(streams.map(\.stream) == ["a", "b", "c"])
        #expect(streams.map(\.inMemory) == [false, true, true])
        #expect(streams.map(\.step) == [30, 30, 30])
        // Asking for one that is on disk does not push out another.
        let forecast = try await client.ask(#"{"op":"forecast","stream":"a"}"#, as: ForecastMessage.self)
        #expect(forecast.step == 30)
        #expect(try await client.refusal(#"{"op":"forecast"}"#) == "ambiguous_stream")
        let follower = try daemon.client()
        _ = try await follower.ask(#"{"op":"subscribe","stream":"a"}"#)
        try await daemon.feed(wave(30..<60, stream: "a"))
        let event = try #require(try await follower.line())
        #expect(try ForecastMessage(line: Array(event.utf8)).step == 31)
        try await daemon.stop()
        #expect(try daemon.checkpoint("a")?.step == 60)
        let alone = try await RunningDaemon()
        try await alone.feed(wave(0..<60, stream: "a"))
        try await alone.stop()
        #expect(try daemon.checkpoint("a") == alone.checkpoint("a"))
    }

    @Test func manyStreamsThroughAFewPlaces() async throws {
        let daemon = try await RunningDaemon { $0.streams.max = 3 }
        await withThrowingTaskGroup(of: Void.self) { group in
            for producer in 0..<4 {
                group.addTask {
                    for round in 0..<5 {
                        for stream in 0..<4 {
                            let name = "s\((stream + producer) % 4)"
                            try await daemon.feed(wave(round..<(round + 1), stream: name, isTimed: false))
                        }
                    }
                }
            }
        }
        try await daemon.stop()
        for stream in 0..<4 { #expect(try daemon.checkpoint("s\(stream)")?.step == 20) }
    }

    @Test func checkpointsComeWithSamples() async throws {
        let daemon = try await RunningDaemon { $0.checkpoint.intervalSamples = 50 }
        let client = try daemon.client()
        _ = try await client.ask(#"{"op":"subscribe"}"#)
        try await daemon.feed(wave(0..<60))
        // Written while learning goes on, so that the test waits for the event: the file.
        let status = try await waitFor("a checkpoint") {
            let status = try await daemon.client().ask(#"{"op":"status"}"#, as: StatusMessage.self)
            return status.streams.first?.lastCheckpoint
        }
        #expect(status.step >= 50)
        #expect(try daemon.checkpoint("default")?.step == status.step)
        try await daemon.stop()
        #expect(try daemon.checkpoint("default")?.step == 60)
    }

    @Test func checkpointsComeWithTime() async throws {
        let daemon = try await RunningDaemon { $0.checkpoint.intervalSeconds = 1 }
        try await daemon.feed(wave(0..<60))
        // The interval may end in the middle of the samples; the next one finds the rest.
        _ = try await waitFor("a checkpoint of all samples") {
            try await daemon.client().ask(#"{"op":"status"}"#, as: StatusMessage.self).streams.first?
                .lastCheckpoint.flatMap { $0.step == 60 ? $0 : nil }
        }
        #expect(try daemon.checkpoint("default")?.step == 60)
        try await daemon.stop()
    }

    @Test func snapshotWritesAtOnce() async throws {
        let daemon = try await RunningDaemon()
        try await daemon.feed(wave(0..<10, stream: "a") + wave(0..<5, stream: "b"))
        let client = try daemon.client()
        let one = try await client.ask(#"{"op":"snapshot","stream":"b"}"#, as: SnapshotMessage.self).written
        #expect(one.map(\.step) == [5])
        #expect(try daemon.checkpoint("a") == nil)
        let all = try await client.ask(#"{"op":"snapshot"}"#, as: SnapshotMessage.self).written
        #expect(all.map(\.stream) == ["a", "b"])
        #expect(all.map(\.step) == [10, 5])
        for written in all { #expect(access(written.path, R_OK) == 0) }
        try await daemon.stop()
    }

    @Test func staleSocketIsReplacedAndALivingOneIsNot() async throws {
        let first = try await RunningDaemon()
        let error = await #expect(throws: DaemonFailure.self) {
            _ = try await RunningDaemon { configuration in
                configuration.predict.socketPath = first.predict
            }
        }
        #expect(error?.code == .inputOutput)
        #expect(error?.message.contains("EADDRINUSE") == true)
        _ = try await first.client().ask(#"{"op":"status"}"#)
        try await first.stop()

        let directory = try TemporaryDirectory()
        try Directory.create(directory.file("run"))
        // A socket that nobody listens on, as a crash leaves it.
        var stale: ListeningSocket? = try ListeningSocket(path: directory.file("run/predict.sock"))
        _ = stale
        stale = nil
        #expect(access(directory.file("run/predict.sock"), F_OK) == 0)
        let second = try await RunningDaemon(in: directory)
        _ = try await second.client().ask(#"{"op":"status"}"#)
        try await second.stop()
    }

    @Test func stateIsOneDaemonsAlone() async throws {
        let first = try await RunningDaemon()
        let error = await #expect(throws: DaemonFailure.self) {
            _ = try await RunningDaemon { configuration in
                configuration.checkpoint.stateDirectory = first.directory.file("state")
            }
        }
        #expect(error?.message.contains("process \(getpid())") == true)
        try await first.stop()
    }

    @Test func handedOverSocketsKeepTheirConnectionsAndFiles() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("ingest.sock")
        let manager = try ListeningSocket(path: path)
        let waiting = try UnixClient(path)
        try await waiting.send("garbage\n{\"a\":1}\n")
        waiting.closeWriting()
        let handedOver = HandedOverSocket(name: "ingest", descriptor: dup(manager.descriptor))
        let daemon = try await RunningDaemon(in: directory, handedOver: [handedOver])
        #expect(try await waiting.lines().count == 1)
        try await daemon.stop()
        #expect(access(path, F_OK) == 0)
        #expect(access(daemon.ingest, F_OK) != 0)
        #expect(try daemon.checkpoint("default")?.step == 1)
    }

    @Test func furtherConnectionsWaitTheirTurn() async throws {
        let daemon = try await RunningDaemon { $0.ingest.maxConnections = 2 }
        let holders = try (0..<2).map { _ in try daemon.producer() }
        for holder in holders { try await holder.send("{\"a\":1}\n") }
        async let third = daemon.feed("nonsense\n{\"a\":2}\n")
        let client = try daemon.client()
        #expect(try await client.ask(#"{"op":"flush"}"#, as: FlushMessage.self).samples == 2)
        #expect(try await client.ask(#"{"op":"status"}"#, as: StatusMessage.self).connections.ingest == 2)
        holders[0].closeWriting()
        #expect(try await third.count == 1)
        try await daemon.stop()
    }

    @Test func stateOfAnotherConfigurationIsRefused() async throws {
        let first = try await RunningDaemon()
        try await first.feed(wave(0..<10))
        try await first.stop()
        let error = await #expect(throws: DaemonFailure.self) {
            _ = try await RunningDaemon(in: first.directory) { $0.learner.learner.hiddenUnits = 9 }
        }
        #expect(error?.code == .unusableData)
        #expect(error?.message.contains("hiddenUnits\":8") == true)
        #expect(try first.checkpoint("default")?.step == 10)
    }

    @Test func damagedCheckpointIsSetAsideAndTheOlderOneUsed() async throws {
        let first = try await RunningDaemon()
        try await first.feed(wave(0..<10))
        _ = try await first.client().ask(#"{"op":"snapshot"}"#)
        try await first.feed(wave(10..<20))
        try await first.stop()
        let newest = try #require(try first.store.loadNewest(stream: "default").path)
        truncate(newest, 1000)
        let second = try await RunningDaemon(in: first.directory)
        let status = try await second.client().ask(#"{"op":"status"}"#, as: StatusMessage.self)
        // What came after the older one is in the journal.
        #expect(status.streams.map(\.step) == [20])
        #expect(access(newest + ".corrupt", F_OK) == 0)
        try await second.stop()
    }

    /// Asks again until there is an answer, up to a deadline.
    private func waitFor<Value>(_ what: String, _ ask: () async throws -> Value?) async throws -> Value {
        let deadline = TestConditions.deadline
        while Clocks.monotonicNanoseconds() < deadline {
            if let value = try await ask() { return value }
        }
        throw Timeout(what)
    }
}
