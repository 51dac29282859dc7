import Glibc
import Logging
import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackDaemon
import NoBackTrackSystem
import NoBackTrackTestSupport

/// A daemon in this process, on real sockets in a directory.
struct RunningDaemon {
    let directory: TemporaryDirectory
    private let fileSystem: any FileSystemCalls
    private let daemon: Daemon
    private let run: Task<Void, any Error>

    var ingest: String { directory.file("run/ingest.sock") }
    var predict: String { directory.file("run/predict.sock") }
    var store: CheckpointStore {
        CheckpointStore(stateDirectory: directory.file("state"), fileSystem: fileSystem)
    }

    /// Starts a daemon and waits until it serves.
    ///
    /// - Parameter fileSystem: where the state is kept.
    /// - Throws: what the daemon throws when it cannot start.
    init(
        in directory: TemporaryDirectory? = nil, handedOver: [HandedOverSocket] = [],
        descriptorStore: DescriptorStore? = nil,
        fileSystem: any FileSystemCalls = LinuxFileSystem(), memoryPressure: MemoryPressureWatch? = nil,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ change: (inout DaemonConfiguration) -> Void = { _ in }
    ) async throws {
        let directory = try directory ?? TemporaryDirectory()
        self.directory = directory
        self.fileSystem = fileSystem
        var configuration = DaemonConfiguration()
        configuration.learner.learner.hiddenUnits = 8
        configuration.checkpoint.intervalSeconds = 0
        change(&configuration)
        var paths = DefaultPaths(environment: [:])
        paths.ingestSocket = directory.file("run/ingest.sock")
        paths.predictSocket = directory.file("run/predict.sock")
        paths.stateDirectory = directory.file("state")
        let silent = open("/dev/null", O_RDONLY | O_CLOEXEC)
        let (ready, announce) = AsyncStream<Void>.makeStream()
        let daemon = Daemon(
            configuration: configuration,
            environment: DaemonEnvironment(
                paths: paths, standardInput: silent, handedOver: handedOver,
                descriptorStore: descriptorStore,
                fileSystem: fileSystem, memoryPressure: memoryPressure, ready: { announce.yield() }),
            logger: logger)
        self.daemon = daemon
        run = Task {
            defer {
                close(silent)
                announce.finish()
            }
            try await daemon.run()
        }
        for await _ in ready { return }
        try await run.value
        throw Timeout("a daemon that is ready")
    }

    /// Stops it as TERM does.
    ///
    /// - Throws: what the daemon throws at its end.
    func stop() async throws {
        daemon.stop()
        try await run.value
    }

    /// A new connection to the ingest socket.
    func producer() throws -> UnixClient { try UnixClient(ingest) }

    /// A new connection to the predict socket.
    func client() throws -> UnixClient { try UnixClient(predict) }

    /// Sends samples over a connection of their own and waits until they are learned.
    ///
    /// - Returns: the error lines.
    @discardableResult
    func feed(_ text: String) async throws -> [String] {
        let producer = try producer()
        try await producer.send(text)
        producer.closeWriting()
        return try await producer.lines()
    }

    /// The newest checkpoint of a stream, without the time of writing.
    func checkpoint(_ stream: String) throws -> Checkpoint? {
        var checkpoint = try store.loadNewest(stream: stream).checkpoint
        checkpoint?.savedAt = 0
        return checkpoint
    }
}

/// Samples of a noisy wave, one NDJSON line each.
///
/// - Parameter isTimed: whether they say when they were taken, once a second; otherwise they may come from several
///   producers in any order.
func wave(_ range: Range<Int>, stream: String? = nil, isTimed: Bool = true) -> String {
    var generator = SeededGenerator(seed: 7)
    var text = ""
    for step in 0..<range.upperBound {
        let noise = Double(generator.next() >> 11) / Double(1 << 53)
        guard range.contains(step) else { continue }
        let value = sin(Double(step) / 7) + 0.1 * noise
        let name = stream.map { "\"stream\":\"\($0)\"," } ?? ""
        let time = isTimed ? "\"time\":\(1000 + step)," : ""
        text += "{\(name)\(time)\"level\":\(value),\"flow\":\(2 * value + noise)}\n"
    }
    return text
}
