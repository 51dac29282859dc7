import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackDaemon
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

/// Missing, duplicate and late samples through the sockets of a daemon in this process.
@Suite struct ClockTests {
    /// How samples with a time are written.
    enum Format: CaseIterable {
        case ndjson, csv, influx

        /// Samples of a wave at these seconds, the value decided by the second.
        func text(_ seconds: some Sequence<Int>) -> String {
            let lines = seconds.map { second in
                let value = Double((second * second) % 23)
                switch self {
                case .ndjson: return "{\"stream\":\"s\",\"time\":\(1000 + second),\"a\":\(value)}"
                case .csv: return "s,\(1000 + second),\(value)"
                case .influx: return "s a=\(value) \(1000 + second)000000000"
                }
            }
            let header = self == .csv ? ["stream,time,a"] : []
            return (header + lines).joined(separator: "\n") + "\n"
        }
    }

    private func status(_ daemon: RunningDaemon) async throws -> StreamStatus {
        let message = try await daemon.client().ask(#"{"op":"streams"}"#, as: StreamsMessage.self)
        return try #require(message.streams.first)
    }

    @Test(arguments: Format.allCases) func everyFormatsTimesCount(format: Format) async throws {
        let daemon = try await RunningDaemon()
        let seconds = Array(0..<40) + [39, 38, 44, 45, 45, 40, 46, 76]
        let errors = try await daemon.feed(format.text(seconds))
        let codes = ["duplicate_sample", "late_sample", "duplicate_sample", "late_sample"]
        #expect(errors.count == codes.count)
        let first = format == .csv ? 2 : 1
        for ((error, code), place) in zip(zip(errors, codes), [40, 41, 44, 45]) {
            #expect(
                error.hasPrefix("{\"ok\":false,\"line\":\(place + first),\"error\":{\"code\":\"\(code)\""),
                "\(error)")
        }
        let status = try await status(daemon)
        #expect(
            status.clock
                == ClockStatus(interval: 1, missingSamples: 33, gaps: 1, duplicates: 2, late: 2))
        #expect(status.step == 44 + 33 && status.rejected == 4 && status.missing == 0)
        #expect(status.time == 1076)
        let all = try await daemon.client().ask(#"{"op":"status"}"#, as: StatusMessage.self)
        #expect(all.rejected == ["duplicate_sample": 2, "late_sample": 2])
        #expect(all.samples == 44 && all.lag == 0)
        try await daemon.stop()
    }

    /// Null, an empty field and one that is not there are values missing in a sample that came.
    @Test(arguments: [
        "{\"time\":1,\"a\":1,\"b\":2}\n{\"time\":2,\"a\":null,\"b\":2}\n{\"time\":3,\"b\":5}\n",
        "time,a,b\n1,1,2\n2,,2\n3,nan,5\n",
        "default a=1,b=2 1000000000\ndefault b=2 2000000000\ndefault b=5 3000000000\n",
    ])
    func missingValuesAreCounted(text: String) async throws {
        let daemon = try await RunningDaemon()
        #expect(try await daemon.feed(text) == [])
        let status = try await status(daemon)
        #expect(status.missing == 2 && status.step == 3 && status.clock == ClockStatus())
        try await daemon.stop()
    }

    /// A missing sample is a step without an event; the ordinals tell that none was dropped.
    @Test func missingSamplesHaveNoEvents() async throws {
        let daemon = try await RunningDaemon()
        let reader = try daemon.client()
        _ = try await reader.ask(#"{"op":"subscribe"}"#)
        let seconds = Array(0..<30) + [32, 33, 33, 50, 51]
        #expect(try await daemon.feed(Format.ndjson.text(seconds)).count == 1)
        var steps: [UInt64] = []
        for _ in 0..<34 {
            var line = try #require(try await reader.line())
            // The gap has an event of its own.
            if line.contains("\"condition\"") { line = try #require(try await reader.line()) }
            let event = try ForecastMessage(line: line.utf8)
            #expect(event.dropped == nil)
            steps.append(event.step)
        }
        #expect(steps == (Array(1...30) + [33, 34, 51, 52]).map { UInt64($0) })
        try await daemon.stop()
        #expect(try await reader.lines() == [])
    }

    /// Forecasts keep meaning time: what was learned with holes in the stream is what is learned when the holes are
    /// there as missing values.
    @Test func aMissingSampleIsASampleWithoutValues() async throws {
        func learned(_ text: String) async throws -> [StateTensor] {
            let daemon = try await RunningDaemon { $0.learner.learner.horizons = [1, 5] }
            #expect(try await daemon.feed(text) == [])
            try await daemon.stop()
            return try #require(try daemon.checkpoint("s")).tensors.filter { !$0.name.hasPrefix("clock.") }
        }
        let kept = (0..<300).filter { $0 < 40 || $0 % 20 != 7 && !(100..<130).contains($0) }
        let holes = (0..<300).map { second in
            kept.contains(second)
                ? Format.ndjson.text([second])
                : "{\"stream\":\"s\",\"time\":\(1000 + second),\"a\":null}\n"
        }
        #expect(try await learned(Format.ndjson.text(kept)) == learned(holes.joined()))
    }

    @Test func aLongGapAndAClockSetBackDoNotStopTheStream() async throws {
        let daemon = try await RunningDaemon()
        let errors = try await daemon.feed(
            Format.ndjson.text(Array(0..<40) + Array(1_000_000..<1_000_010) + Array(40..<100)))
        #expect(errors.count == 7 && errors.allSatisfy { $0.contains("late_sample") })
        let status = try await status(daemon)
        let filled = SampleClock.longestFill
        #expect(status.step == 40 + filled + 10 + 53)
        #expect(status.clock?.missingSamples == filled && status.clock?.gaps == 1)
        #expect(status.clock?.late == 7 && status.clock?.clockResets == 1)
        try await daemon.stop()
    }

    @Test(arguments: [20, 41, 42, 43, 46, 52]) func aRestartGoesOnBitForBit(stop: Int) async throws {
        let seconds = Array(0..<40) + [40, 40, 40, 44, 43, 45, 65, 30, 31, 32, 33, 66, 66, 67]
        let once = try await RunningDaemon()
        try await once.feed(Format.ndjson.text(seconds))
        try await once.stop()
        let directory = try TemporaryDirectory()
        for part in [seconds.prefix(stop), seconds.dropFirst(stop)] {
            let daemon = try await RunningDaemon(in: directory)
            try await daemon.feed(Format.ndjson.text(part))
            try await daemon.stop()
        }
        let stopped = CheckpointStore(stateDirectory: directory.file("state"))
        var checkpoint = try #require(try stopped.loadNewest(stream: "s").checkpoint)
        checkpoint.savedAt = 0
        #expect(checkpoint == (try once.checkpoint("s")))
    }

    /// What was only refused is saved as well.
    @Test func countersSurviveARestart() async throws {
        let directory = try TemporaryDirectory()
        let seconds = [Array(0..<30) + [40], [40, 40, 5], [41]]
        for part in seconds {
            let daemon = try await RunningDaemon(in: directory)
            try await daemon.feed(Format.ndjson.text(part))
            try await daemon.stop()
        }
        let daemon = try await RunningDaemon(in: directory)
        #expect(
            try await status(daemon).clock
                == ClockStatus(interval: 1, missingSamples: 10, gaps: 1, duplicates: 2, late: 1))
        try await daemon.stop()
    }

    /// A checkpoint from before there was a clock.
    @Test func aCheckpointWithoutAClockIsTakenUp() async throws {
        let directory = try TemporaryDirectory()
        let first = try await RunningDaemon(in: directory)
        try await first.feed(Format.ndjson.text(0..<50))
        try await first.stop()
        var old = try #require(try first.store.loadNewest(stream: "s").checkpoint)
        #expect(old.tensors.contains { $0.name.hasPrefix("clock.") })
        old.tensors.removeAll { $0.name.hasPrefix("clock.") }
        _ = try first.store.save(old)
        let second = try await RunningDaemon(in: directory)
        #expect(try await second.feed(Format.ndjson.text(50..<60)) == [])
        let status = try await status(second)
        #expect(status.step == 60 && status.clock == ClockStatus())
        try await second.stop()
    }
}
