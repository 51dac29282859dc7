import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackDaemon
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

/// Streams spread over threads: nothing but the speed may tell how many there are.
@Suite struct LearningThreadsTests {
    /// Samples of many streams in turns that are not always the same.
    private func interleaved(_ streams: Int, _ samples: Int, seed: UInt64) -> [String] {
        var generator = SeededGenerator(seed: seed)
        return (0..<samples).map { step in
            let stream = Int.random(in: 0..<streams, using: &generator)
            let value = Double.random(in: -1...1, using: &generator)
            // The order of the channels changes, so that a stream has two layouts.
            return step % 3 == 0
                ? "{\"stream\":\"s\(stream)\",\"a\":\(value),\"b\":\(step)}\n"
                : "{\"stream\":\"s\(stream)\",\"b\":\(step),\"a\":\(value)}\n"
        }
    }

    private func expectEqual(_ daemon: RunningDaemon, _ other: RunningDaemon, streams: Int) throws {
        for stream in 0..<streams {
            let expected = try #require(try daemon.checkpoint("s\(stream)"))
            let isEqual = try other.checkpoint("s\(stream)")?.encoded() == expected.encoded()
            #expect(isEqual, "s\(stream)")
        }
    }

    @Test(arguments: [2, 4]) func numberOfThreadsChangesNoBit(_ threads: Int) async throws {
        let lines = interleaved(23, 4000, seed: 5)
        let one = try await RunningDaemon { $0.streams.learningThreads = 1 }
        #expect(try await one.feed(lines.joined()) == [])
        try await one.stop()
        let several = try await RunningDaemon { $0.streams.learningThreads = threads }
        #expect(try await several.feed(lines.joined()) == [])
        try await several.stop()
        try expectEqual(one, several, streams: 23)
    }

    @Test func stopAndRestartWithAnotherNumberOfThreadsContinueBitForBit() async throws {
        let lines = interleaved(9, 1500, seed: 6)
        let once = try await RunningDaemon { $0.streams.learningThreads = 3 }
        try await once.feed(lines.joined())
        try await once.stop()
        let directory = try TemporaryDirectory()
        for (threads, part) in [(4, 0..<400), (1, 400..<401), (3, 401..<1500)] {
            let daemon = try await RunningDaemon(in: directory) { $0.streams.learningThreads = threads }
            #expect(try await daemon.feed(lines[part].joined()) == [])
            try await daemon.stop()
        }
        let restarted = try await RunningDaemon(in: directory)
        try await restarted.stop()
        try expectEqual(once, restarted, streams: 9)
    }

    @Test func rejectionsOfAllThreadsComeInTheOrderOfLines() async throws {
        let daemon = try await RunningDaemon { $0.streams.learningThreads = 4 }
        var text = ""
        var expected: [Int] = []
        for line in 1...400 {
            switch line > 16 ? line % 5 : 1 {
            case 0:
                text += "{\"stream\":\"s\(line % 8)\",\"other\":1}\n"
                expected.append(line)
            case 3:
                text += "{\"stream\":\"s\(line % 8)\",\"a\":}\n"
                expected.append(line)
            default: text += "{\"stream\":\"s\(line % 8)\",\"a\":\(line)}\n"
            }
        }
        let errors = try await daemon.feed(text)
        #expect(errors.count == expected.count)
        for (error, line) in zip(errors, expected) {
            #expect(error.hasPrefix("{\"ok\":false,\"line\":\(line),"), "\(error)")
        }
        let status = try await daemon.client().ask(#"{"op":"status"}"#, as: StatusMessage.self)
        #expect(Int(status.samples) == 400 - expected.count && status.lag == 0)
        #expect(status.rejected.values.reduce(0, +) == UInt64(expected.count))
        #expect(status.streams.map(\.rejected).reduce(0, +) == status.rejected["unknown_channel"])
        try await daemon.stop()
    }

    /// Streams leave memory while other sources feed them, and come back on whatever thread has room.
    @Test func streamsThatMoveLoseNothing() async throws {
        let daemon = try await RunningDaemon {
            $0.streams.learningThreads = 3
            $0.streams.max = 4
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for producer in 0..<4 {
                group.addTask {
                    let text = (0..<120).map { step in
                        let stream = "s\((step / 3 + producer) % 7)"
                        return step % 2 == 0
                            ? "{\"stream\":\"\(stream)\",\"a\":\(step),\"b\":1}\n"
                            : "{\"stream\":\"\(stream)\",\"b\":1,\"a\":\(step)}\n"
                    }
                    let errors = try await daemon.feed(text.joined())
                    #expect(errors == [])
                }
            }
            try await group.waitForAll()
        }
        let flushed = try await daemon.client().ask(#"{"op":"flush"}"#, as: FlushMessage.self)
        #expect(flushed.samples == 480)
        let streams = try await daemon.client().ask(#"{"op":"streams"}"#, as: StreamsMessage.self).streams
        #expect(streams.reduce(0) { $0 + $1.step } == 480)
        #expect(streams.filter(\.inMemory).count == 4)
        try await daemon.stop()
        let steps = try (0..<7).map { try daemon.checkpoint("s\($0)")?.step ?? 0 }
        #expect(steps.reduce(0, +) == 480)
    }

    @Test func streamsThatMoveLearnTheirSamplesInOrder() async throws {
        let lines = interleaved(6, 300, seed: 7)
        let roomy = try await RunningDaemon { $0.streams.learningThreads = 1 }
        try await roomy.feed(lines.joined())
        try await roomy.stop()
        let narrow = try await RunningDaemon {
            $0.streams.learningThreads = 3
            $0.streams.max = 2
        }
        // Two sources with different streams push out each other's.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for half in 0..<2 {
                group.addTask {
                    let own = lines.filter { line in
                        (0..<3).contains { line.hasPrefix("{\"stream\":\"s\(2 * $0 + half)\"") }
                    }
                    let errors = try await narrow.feed(own.joined())
                    #expect(errors == [])
                }
            }
            try await group.waitForAll()
        }
        try await narrow.stop()
        try expectEqual(roomy, narrow, streams: 6)
    }

    @Test func printedLinesOfSeveralThreadsAreInTheOrderOfTheSamples() async throws {
        let daemon = try DaemonProcess(
            in: TemporaryDirectory(),
            ["--hidden-units", "8", "--print", "ndjson", "--learning-threads", "3"])
        let lines = interleaved(7, 3000, seed: 8)
        async let output: [ForecastMessage] = {
            var events: [ForecastMessage] = []
            while events.count < lines.count, let line = try await daemon.line() {
                events.append(try ForecastMessage(line: Array(line.utf8)))
            }
            return events
        }()
        try await daemon.send(lines.joined())
        let events = try await output
        let names = lines.map { line in String(line.dropFirst(11).prefix { $0 != "\"" }) }
        #expect(events.map(\.stream) == names)
        for stream in Set(names) {
            let steps = events.filter { $0.stream == stream }.map(\.step)
            #expect(steps == (0..<steps.count).map { UInt64($0 + 1) })
        }
        daemon.closeInput()
        #expect(try await daemon.outcome().code == 0)
    }
}
