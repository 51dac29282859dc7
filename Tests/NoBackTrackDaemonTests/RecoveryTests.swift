import Glibc
import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

@testable import NoBackTrackDaemon

/// What a daemon finds when the one before it was killed: here, its state directory as it was while it ran.
@Suite struct RecoveryTests {
    /// A copy of a state directory, as a kill would leave it, in a directory of its own.
    private func killed(_ daemon: RunningDaemon) throws -> TemporaryDirectory {
        while true {
            let copy = try TemporaryDirectory()
            do throws(SystemError) {
                try Self.copy(daemon.directory.file("state"), to: copy.file("state"))
                return copy
            } catch {
                // A checkpoint has taken the place of an older one meanwhile.
                guard error.code == ENOENT else { throw error }
            }
        }
    }

    private static func copy(_ from: String, to: String) throws(SystemError) {
        let system = LinuxFileSystem()
        try Directory.create(to)
        for name in try system.entries(of: from)
        where name != DirectoryLock.fileName && !name.hasSuffix(DurableFile.temporarySuffix) {
            if try system.status(at: "\(from)/\(name)")?.kind == .directory {
                try copy("\(from)/\(name)", to: "\(to)/\(name)")
            } else {
                try DurableFile.replace("\(to)/\(name)", contents: DurableFile.read("\(from)/\(name)"))
            }
        }
    }

    private func streams(_ daemon: RunningDaemon) async throws -> [String: UInt64] {
        let status = try await daemon.client().ask(#"{"op":"status"}"#, as: StatusMessage.self)
        return Dictionary(uniqueKeysWithValues: status.streams.map { ($0.stream, $0.step) })
    }

    /// Ten streams, whole and after a kill in the middle, with room for `max` of them in memory.
    @Test(arguments: [1024, 3]) func `every stream goes on where it was`(max: Int) async throws {
        func text(_ range: Range<Int>) -> String {
            range.map { "{\"stream\":\"s\($0 % 10)\",\"time\":\($0),\"x\":\(cos(Double($0)))}\n" }.joined()
        }
        let whole = try await RunningDaemon { $0.learner.learner.hiddenUnits = 4 }
        try await whole.feed(text(0..<600))
        try await whole.stop()

        func daemon(_ directory: TemporaryDirectory?) async throws -> RunningDaemon {
            try await RunningDaemon(in: directory) { configuration in
                configuration.learner.learner.hiddenUnits = 4
                configuration.streams.max = max
                configuration.streams.learningThreads = 2
                configuration.checkpoint.intervalSamples = 17
            }
        }
        let first = try await daemon(nil)
        try await first.feed(text(0..<333))
        let second = try await daemon(try killed(first))
        #expect(try await streams(second).values.reduce(0, +) == 333)
        try await second.feed(text(333..<600))
        try await second.stop()
        for stream in 0..<10 {
            #expect(try second.checkpoint("s\(stream)") == whole.checkpoint("s\(stream)"))
        }
        try await first.stop()
    }

    /// Missing, late and repeated samples, and what was ordered: all of it is as it was.
    @Test func `times and orders count as they did`() async throws {
        func feed(_ daemon: RunningDaemon, _ part: Int) async throws {
            var text = ""
            for step in 0..<60 where step % 7 != 3 {
                text += "{\"time\":\(1000 * part + step),\"x\":\(sin(Double(step)))}\n"
                if step % 11 == 0 { text += "{\"time\":\(1000 * part + step - 2),\"x\":0}\n" }
                if step % 13 == 0 { text += "{\"time\":\(1000 * part + step),\"x\":\(sin(Double(step)))}\n" }
            }
            try await daemon.feed(text)
            let order = "{\"op\":\"learn\",\"enabled\":\(part % 2 == 1)}"
            #expect(try await daemon.client().ask(order, as: LearnMessage.self).ok)
        }
        let whole = try await RunningDaemon()
        for part in 0..<4 { try await feed(whole, part) }
        try await whole.stop()

        var daemon = try await RunningDaemon()
        for part in 0..<4 {
            try await feed(daemon, part)
            let next = try await RunningDaemon(in: try killed(daemon))
            try await daemon.stop()
            daemon = next
        }
        try await daemon.stop()
        #expect(try daemon.checkpoint("default") == whole.checkpoint("default"))
    }

    @Test func `an order to a stream on disk outlives the daemon`() async throws {
        let first = try await RunningDaemon { $0.streams.max = 1 }
        try await first.feed("{\"stream\":\"a\",\"x\":1}\n{\"stream\":\"b\",\"x\":1}\n")
        let client = try first.client()
        #expect(
            try await client.ask(#"{"op":"learn","stream":"a","enabled":false}"#, as: LearnMessage.self).ok)
        let second = try await RunningDaemon(in: try killed(first)) { $0.streams.max = 1 }
        try await first.stop()
        try await second.feed("{\"stream\":\"b\",\"x\":2}\n")
        try await second.stop()
        let checkpoint = try #require(try second.checkpoint("a"))
        var configuration = StreamConfiguration()
        configuration.learner.hiddenUnits = 8
        let stream = try LearningStream(
            checkpoint, path: "", configuration: configuration, maxSources: 1, now: 0)
        #expect(!stream.learner.isLearning)
    }

    @Test(arguments: [false, true]) func `a stream that was forgotten stays so`(isOnDisk: Bool) async throws {
        let first = try await RunningDaemon { $0.streams.max = isOnDisk ? 1 : 10 }
        try await first.feed(wave(0..<50, stream: "a") + wave(0..<20, stream: "b"))
        let client = try first.client()
        let answer = try await client.ask(#"{"op":"reset","stream":"a"}"#, as: ResetMessage.self)
        #expect(answer.step == 50)
        #expect(try await client.refusal(#"{"op":"forecast","stream":"a"}"#) == "unknown_stream")
        let without = try await RunningDaemon(in: try killed(first))
        #expect(try await streams(without) == ["b": 20])
        try await without.stop()

        // Begun again, with other channels, it is a stream like any other.
        try await first.feed("{\"stream\":\"a\",\"other\":1}\n")
        let with = try await RunningDaemon(in: try killed(first))
        #expect(try await streams(with) == ["a": 1, "b": 20])
        try await with.stop()
        let again = try await RunningDaemon(in: with.directory)
        #expect(try await streams(again) == ["a": 1, "b": 20])
        try await again.stop()
        try await first.stop()
        let last = try await RunningDaemon(in: first.directory)
        #expect(try await streams(last) == ["a": 1, "b": 20])
        try await last.stop()
    }

    /// A state that does not fit keeps the daemon from starting; this is the way out.
    @Test func `a stream is forgotten without a daemon`() async throws {
        let first = try await RunningDaemon()
        try await first.feed(wave(0..<50, stream: "a") + wave(0..<20, stream: "b"))
        _ = try await first.client().ask(#"{"op":"snapshot"}"#)
        try await first.feed(wave(50..<60, stream: "a"))
        let directory = try killed(first)
        let state = directory.file("state")
        #expect(throws: SystemError.self) {
            try StoredStream.forget("a", stateDirectory: first.directory.file("state"))
        }
        try await first.stop()
        #expect(try StoredStream.forget("c", stateDirectory: state) == nil)
        #expect(try StoredStream.forget("a", stateDirectory: state) == 50)
        #expect(try StoredStream.forget("b", stateDirectory: state) == 20)
        let second = try await RunningDaemon(in: directory) { $0.learner.learner.hiddenUnits = 9 }
        #expect(try await streams(second) == [:])
        try await second.feed("{\"stream\":\"a\",\"x\":1}\n")
        let third = try await RunningDaemon(in: try killed(second)) { $0.learner.learner.hiddenUnits = 9 }
        #expect(try await streams(third) == ["a": 1])
        try await third.stop()
        try await second.stop()
    }

    /// The journal is kept small by checkpoints, those of streams that are fed no more too.
    @Test func `the journal stays within its size`() async throws {
        let daemon = try await RunningDaemon { configuration in
            configuration.journal.maxBytes = 64 << 10
            configuration.journal.syncIntervalMilliseconds = 10
        }
        try await daemon.feed("{\"stream\":\"idle\",\"x\":1}\n")
        _ = try await daemon.client().ask(#"{"op":"snapshot"}"#)
        try await daemon.feed("{\"stream\":\"idle\",\"x\":2}\n")
        let client = try daemon.client()
        let deadline = TestConditions.deadline
        var next = 0
        var bytes = Int.max
        while next < 8000 || bytes > 64 << 10, Clocks.monotonicNanoseconds() < deadline {
            if next < 8000 {
                try await daemon.feed(wave(next..<next + 1000))
                next += 1000
            }
            let status = try await client.ask(#"{"op":"status"}"#, as: StatusMessage.self)
            bytes = try #require(status.storage?.journal?.bytes)
        }
        #expect(bytes <= 64 << 10)
        let next2 = try await RunningDaemon(in: try killed(daemon))
        #expect(try await streams(next2) == ["default": UInt64(next), "idle": 2])
        try await next2.stop()
        try await daemon.stop()
    }
}
