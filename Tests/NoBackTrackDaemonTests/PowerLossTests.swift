import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackDaemon
import NoBackTrackSystem
import NoBackTrackTestSupport
import Testing

/// Power fails at every point of the storage path; what was acknowledged is there afterwards, once.
@Suite struct PowerLossTests {
    private static let sampleCount = 120
    private static let streams = ["a", "b"]

    private static func configure(_ configuration: inout DaemonConfiguration) {
        configuration.learner.learner.hiddenUnits = 2
        configuration.learner.learner.lags = 1
        configuration.learner.learner.horizons = [1]
        configuration.learner.learner.longestSeason = 4
        configuration.streams.learningThreads = 2
        configuration.checkpoint.intervalSamples = 25
        configuration.ingest.ack = .durable
        configuration.journal.maxBytes = 4096
        configuration.journal.syncIntervalMilliseconds = 5
    }

    /// The states of all streams, without the time of writing, when every sample is settled; meanwhile the power fails
    /// after so many calls of each life of the daemon in turn.
    private func states(losingPowerAfter calls: [Int], seed: UInt64) async throws -> [String: [UInt8]] {
        let directory = try TemporaryDirectory()
        var disk = SimulatedDisk()
        var producers = Self.streams.map { ResendingProducer(stream: $0, count: Self.sampleCount) }
        var generator = SeededGenerator(seed: seed)
        for count in calls.map(Optional.some) + [nil] {
            let isDone = try await live(on: disk, directory, &producers, powerFailsAfter: count)
            // What an orderly end leaves survives a power failure as well.
            disk = disk.crash(seed: generator.next())
            if isDone { break }
        }
        let store = CheckpointStore(stateDirectory: directory.file("state"), fileSystem: disk)
        var states: [String: [UInt8]] = [:]
        for stream in Self.streams {
            let result = try store.loadNewest(stream: stream)
            #expect(result.setAside == [])
            #expect(
                try disk.entries(of: directory.file("state/\(stream)")).allSatisfy {
                    $0.hasSuffix(CheckpointStore.suffix)
                })
            var checkpoint = try #require(result.checkpoint)
            checkpoint.savedAt = 0
            states[stream] = checkpoint.encoded()
        }
        return states
    }

    /// Has a daemon take what the producers have until all is settled or the power fails.
    ///
    /// - Returns: whether it stopped in an orderly way with all of it on disk.
    private func live(
        on disk: SimulatedDisk, _ directory: TemporaryDirectory, _ producers: inout [ResendingProducer],
        powerFailsAfter count: Int?
    ) async throws -> Bool {
        let (failures, failure) = AsyncStream<Void>.makeStream()
        if let count { disk.losePower(afterCalls: count) { failure.yield() } }
        let daemon: RunningDaemon
        do {
            daemon = try await RunningDaemon(in: directory, fileSystem: disk, Self.configure)
        } catch {
            guard count != nil else { throw error }
            return false
        }
        let isStopped = Task {
            for await _ in failures { break }
            return (try? await daemon.stop()) != nil
        }
        try await withThrowingTaskGroup(of: (Int, ResendingProducer).self) { tasks in
            for (number, producer) in producers.enumerated() {
                tasks.addTask {
                    var producer = producer
                    try await producer.run(daemon)
                    return (number, producer)
                }
            }
            for try await (number, producer) in tasks { producers[number] = producer }
        }
        failure.finish()
        let isOrderly = await isStopped.value
        if count == nil { #expect(isOrderly && producers.allSatisfy(\.isDone)) }
        return isOrderly && producers.allSatisfy(\.isDone)
    }

    /// Holds rounds against an undisturbed run, a few at a time.
    private func hold(_ rounds: [[Int]], seed: UInt64) async throws {
        let expected = try await states(losingPowerAfter: [], seed: 0)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for (number, calls) in rounds.enumerated() {
                if number >= 4 { try await tasks.next() }
                tasks.addTask {
                    let states = try await states(losingPowerAfter: calls, seed: seed + UInt64(number))
                    for stream in Self.streams {
                        #expect(
                            states[stream] == expected[stream],
                            "stream \(stream), power failed after \(calls), seed \(seed + UInt64(number))")
                    }
                }
            }
            try await tasks.waitForAll()
        }
    }

    @Test func `an undisturbed run is the same every time`() async throws {
        try await hold([[], []], seed: 1)
    }

    @Test func `power that fails at one call after the other costs nothing`() async throws {
        try await hold((0..<60).map { [$0 * 5] }, seed: 100)
    }

    @Test func `power that fails again and again costs nothing`() async throws {
        var generator = SeededGenerator(seed: 5)
        let rounds = (0..<15).map { _ in
            (0..<Int.random(in: 2..<5, using: &generator)).map { _ in
                Int.random(in: 0..<250, using: &generator)
            }
        }
        try await hold(rounds, seed: 1000)
    }
}
