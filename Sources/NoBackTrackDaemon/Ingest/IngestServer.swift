import Logging
import NIOPosix
import NoBackTrackSystem
import NoBackTrackWire
import Synchronization

/// The ingest socket with its connections.
final class IngestServer: Sendable {
    private let acceptor: Acceptor
    private let sources: IngestSources
    private let learning: LearningLoop
    /// Of connections that begin.
    private let configuration: Mutex<DaemonConfiguration.Ingest>
    private let group: MultiThreadedEventLoopGroup
    private let tasks: EventLoopTasks
    private let isStopping = Atomic(false)
    private let open = Mutex<[UInt64: IngestConnection]>([:])
    private let accepted: AsyncStream<IngestConnection>
    private let feed: AsyncStream<IngestConnection>.Continuation

    /// A server on the given socket that does nothing before ``run()``.
    ///
    /// - Throws: the system call that failed.
    init(
        socket: ListeningSocket, configuration: DaemonConfiguration.Ingest, sources: IngestSources,
        learning: LearningLoop, group: MultiThreadedEventLoopGroup, logger: Logger
    ) throws(SystemError) {
        acceptor = try Acceptor(
            socket: socket, purpose: "ingest", maxConnections: configuration.maxConnections,
            idleSeconds: configuration.idleSeconds, logger: logger)
        self.configuration = Mutex(configuration)
        self.sources = sources
        self.learning = learning
        self.group = group
        tasks = EventLoopTasks(group.next())
        // Bounded by the acceptor's limit of connections.
        (accepted, feed) = AsyncStream.makeStream()
        sources.setAcceptor(acceptor)
    }

    /// Takes over other limits; what a connection may send stays as it was when it began.
    func apply(_ configuration: DaemonConfiguration.Ingest) {
        self.configuration.withLock { $0 = configuration }
        acceptor.setLimits(
            maxConnections: configuration.maxConnections, idleSeconds: configuration.idleSeconds)
    }

    /// Serves until ``stopAccepting()`` and ``closeConnections()``.
    func run() async {
        acceptor.start { [self] descriptor, place in
            let connection = IngestConnection(
                descriptor: descriptor, identifier: sources.nextIdentifier(), place: place,
                acknowledgement: configuration.withLock(\.ack), keeper: learning.keeper, group: group)
            // Known before the next `flush` looks.
            sources.insert(connection, connection.identifier)
            feed.yield(connection)
        }
        await withDiscardingTaskGroup { tasks in
            for await connection in accepted {
                tasks.addTask { await self.serve(connection) }
            }
        }
    }

    /// Takes no more connections; those that wait are the next daemon's.
    func stopAccepting() async {
        await acceptor.stop()
        feed.finish()
    }

    /// Ends all connections: what they still hold is left.
    func closeConnections() async {
        isStopping.store(true, ordering: .relaxed)
        await withDiscardingTaskGroup { tasks in
            for connection in open.withLock({ Array($0.values) }) {
                tasks.addTask { await connection.close() }
            }
        }
    }

    private func serve(_ connection: IngestConnection) async {
        let identifier = connection.identifier
        open.withLock { $0[identifier] = connection }
        let reader = SampleReader(
            source: identifier, configuration: configuration.withLock { $0 }, learning: learning)
        if isStopping.load(ordering: .relaxed) { Task { await connection.close() } }
        // On the thread of its channel: samples change threads once, to be learned.
        await withTaskExecutorPreference(tasks) {
            await connection.run(reader) { self.isStopping.load(ordering: .relaxed) }
        }
        open.withLock { _ = $0.removeValue(forKey: identifier) }
        sources.remove(identifier)
        await learning.forget(source: identifier)
        acceptor.connectionClosed(connection.place)
    }
}
