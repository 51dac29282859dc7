import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackDaemon
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

/// What a stream may take, and which states a learner goes on from.
@Suite struct StreamResourceTests {
    /// One sample with so many channels.
    func wide(_ channels: Int, stream: String) -> String {
        let values = (0..<channels).map { "\"c\($0)\":\($0)" }.joined(separator: ",")
        return "{\"stream\":\"\(stream)\",\(values)}\n"
    }

    @Test func aStreamLargerThanTheMemoryForAllIsRefusedAndDisturbsNobody() async throws {
        let daemon = try await RunningDaemon { $0.streams.maxMemoryBytes = 1 << 20 }
        let errors = try await daemon.feed(wave(0..<5) + wide(200, stream: "wide") + wave(5..<10))
        #expect(errors.count == 1)
        #expect(errors.first?.contains("\"too_many_streams\"") == true)
        let status = try await daemon.client().ask(#"{"op":"status"}"#, as: StatusMessage.self)
        #expect(status.streams.map(\.stream) == ["default"] && status.streams.map(\.step) == [10])
        try await daemon.stop()
    }

    @Test func streamsLeaveMemoryByTheBytesTheyTake() async throws {
        let daemon = try await RunningDaemon { $0.streams.maxMemoryBytes = 1 << 20 }
        for stream in 0..<40 { #expect(try await daemon.feed(wave(0..<3, stream: "s\(stream)")) == []) }
        let streams = try await daemon.client().ask(#"{"op":"streams"}"#, as: StreamsMessage.self).streams
        #expect(streams.count == 40)
        let resident = streams.filter(\.inMemory).count
        #expect(resident > 1 && resident < 40)
        try await daemon.stop()
        for stream in 0..<40 { #expect(try daemon.checkpoint("s\(stream)")?.step == 3) }
    }

    @Test func noStreamBeginsBeyondThoseThatMayBeStored() async throws {
        func limit(_ configuration: inout DaemonConfiguration) {
            configuration.streams.max = 2
            configuration.streams.maxStored = 3
        }
        let first = try await RunningDaemon { limit(&$0) }
        for stream in ["a", "b", "c"] { #expect(try await first.feed(wave(0..<3, stream: stream)) == []) }
        let errors = try await first.feed(wave(0..<2, stream: "d") + wave(3..<5, stream: "a"))
        #expect(errors.count == 2)
        for error in errors {
            #expect(
                error.contains("\"too_many_streams\"") && error.contains("streams.maxStored is 3"), "\(error)"
            )
        }
        try await first.stop()
        // What is on disk counts from the start on, and goes on.
        let second = try await RunningDaemon(in: first.directory) { limit(&$0) }
        #expect(try await second.feed(wave(0..<1, stream: "d")).count == 1)
        for stream in ["b", "c"] { #expect(try await second.feed(wave(3..<5, stream: stream)) == []) }
        try await second.stop()
        #expect(try ["a", "b", "c"].map { try first.checkpoint($0)?.step } == [5, 5, 5])
        #expect(try first.checkpoint("d") == nil)
        let third = try await RunningDaemon(in: first.directory) {
            limit(&$0)
            $0.streams.maxStored = 4
        }
        #expect(try await third.feed(wave(0..<1, stream: "d")) == [])
        #expect(try await third.feed(wave(0..<1, stream: "e")).count == 1)
        try await third.stop()
    }

    @Test func moreChannelsThanAllowedAreRefused() async throws {
        let daemon = try await RunningDaemon { $0.ingest.maxChannels = 4 }
        let errors = try await daemon.feed(wide(5, stream: "a") + wide(4, stream: "a"))
        #expect(errors.count == 1)
        #expect(errors.first?.contains("\"wrong_channel_count\"") == true)
        try await daemon.stop()
        #expect(try daemon.checkpoint("a")?.step == 1)
    }

    struct Change: Sendable, CustomTestStringConvertible {
        var key: String
        var make: @Sendable (inout DaemonConfiguration) -> Void
        var testDescription: String { key }
    }

    /// Each of these leaves every tensor's shape as it is and changes what the numbers mean.
    @Test(arguments: [
        Change(key: "horizons") { $0.learner.learner.horizons = [9, 10] },
        Change(key: "seed") { $0.learner.learner.seed = 99 },
        Change(key: "estimator") { $0.learner.learner.estimator = .frozen },
        Change(key: "slowestLeak") { $0.learner.learner.slowestLeak = 0.5 },
        Change(key: "targets") { $0.learner.targets = ["flow"] },
    ])
    func aStateThatWouldMeanSomethingElseIsRefused(_ change: Change) async throws {
        let first = try await RunningDaemon()
        try await first.feed(wave(0..<30))
        try await first.stop()
        let before = try first.checkpoint("default")
        let error = await #expect(throws: DaemonFailure.self) {
            _ = try await RunningDaemon(in: first.directory) { change.make(&$0) }
        }
        #expect(error?.code == .unusableData)
        #expect(error?.message.contains("learner.\(change.key) is") == true)
        #expect(try first.checkpoint("default") == before)
    }

    @Test func stepSizeAndForgettingMayChange() async throws {
        let first = try await RunningDaemon()
        try await first.feed(wave(0..<30))
        try await first.stop()
        let second = try await RunningDaemon(in: first.directory) {
            $0.learner.learner.learningRate = 0.001
            $0.learner.learner.forgettingFactor = 0.99
        }
        try await second.feed(wave(30..<40))
        try await second.stop()
        #expect(try second.checkpoint("default")?.step == 40)
    }
}
