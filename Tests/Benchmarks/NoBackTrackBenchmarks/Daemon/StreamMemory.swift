import NoBackTrackSystem
import NoBackTrackTestSupport

/// Resident memory of a daemon as its streams become more.
struct StreamMemory {
    private static let streamsOfConnection = 2500

    private let daemon: DaemonUnderTest
    /// Each carries no more streams than the parser takes from one producer.
    private var connections: [LineChannel] = []
    private var streams = 0
    private let samples: Samples
    /// Resident bytes without a stream.
    let emptyBytes: Int

    /// A daemon for up to `largest` streams of n units and one channel.
    init(_ program: String, largest: Int, unitCount n: Int) throws {
        daemon = try DaemonUnderTest(
            program, ["--experts", "none", "--hidden-units", "\(n)", "--format", "ndjson"],
            environment: [
                "NOBACKTRACKD_STREAMS_MAX": "\(largest)",
                // Nobody leaves to disk.
                "NOBACKTRACKD_STREAMS_MAX_MEMORY_BYTES": "\(1 << 36)",
            ])
        try daemon.flush()
        emptyBytes = daemon.residentBytes
        // More than the longest horizon, so that every part of a stream is at work.
        samples = Samples(count: 16, channelCount: 1)
    }

    /// Has so many streams in all, each of which has learned.
    ///
    /// - Returns: resident bytes.
    mutating func grow(to count: Int) throws -> Int {
        for stream in streams..<count {
            if stream >= Self.streamsOfConnection * connections.count {
                connections.append(try daemon.connectIngest())
            }
            try connections[connections.count - 1].send(
                samples.bytes(0..<samples.count, .ndjson) { _ in "sensor-\(stream)" })
        }
        streams = count
        try daemon.flush()
        let learned = try daemon.learnedSamples()
        guard learned == streams * samples.count else {
            throw BenchmarkError("\(streams * samples.count) samples were sent, \(learned) learned")
        }
        return daemon.residentBytes
    }
}
