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
    private let open = Mutex<[UInt64: IngestConnection]>([:])
    /// Where connections go that have ended here and go on in the next daemon.
    private let left: LeftConnections
    private let accepted: AsyncStream<IngestConnection>
    private let feed: AsyncStream<IngestConnection>.Continuation

    /// A server on the given socket that does nothing before ``run()``.
    ///
    /// - Throws: the system call that failed.
    init(
        socket: ListeningSocket, configuration: DaemonConfiguration.Ingest, sources: IngestSources,
        learning: LearningLoop, left: LeftConnections, group: MultiThreadedEventLoopGroup, logger: Logger
    ) throws(SystemError) {
        acceptor = try Acceptor(
            socket: socket, purpose: "ingest", maxConnections: configuration.maxConnections,
            idleSeconds: configuration.idleSeconds, logger: logger)
        self.configuration = Mutex(configuration)
        self.sources = sources
        self.learning = learning
        self.left = left
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

    /// Goes on with a connection of an earlier daemon.
    func resume(_ descriptor: Int32, _ continuation: SampleReader.Continuation, unread: [UInt8]) {
        take(descriptor, acceptor.takePlace(), continuation, unread: unread)
    }

    private func take(
        _ descriptor: Int32, _ place: ConnectionPlace, _ continuation: SampleReader.Continuation? = nil,
        unread: [UInt8] = []
    ) {
        let connection = IngestConnection(
            descriptor: descriptor, continuation: continuation, unread: unread,
            identifier: sources.nextIdentifier(), place: place,
            acknowledgement: configuration.withLock(\.ack), keeper: learning.keeper, group: group)
        // Known before the next `flush` looks, and before the end.
        sources.insert(connection, connection.identifier)
        open.withLock { $0[connection.identifier] = connection }
        feed.yield(connection)
    }

    /// Serves until ``stopAccepting()`` and ``closeConnections()``.
    func run() async {
        acceptor.start { [self] descriptor, place in take(descriptor, place) }
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
    ///
    /// - Parameter keeps: whether they are to go on in the next daemon.
    func closeConnections(keeps: Bool) async {
        await withDiscardingTaskGroup { tasks in
            for connection in open.withLock({ Array($0.values) }) {
                tasks.addTask { await connection.close(keeps: keeps) }
            }
        }
    }

    private func serve(_ connection: IngestConnection) async {
        let identifier = connection.identifier
        if var reader = reader(for: connection) {
            // On the thread of its channel: samples change threads once, to be learned.
            await withTaskExecutorPreference(tasks) { await connection.run(&reader) }
            if let open = connection.takeKept() {
                left.add(open)
            } else {
                await connection.learnUnread(&reader)
            }
        } else {
            connection.abandon()
        }
        open.withLock { _ = $0.removeValue(forKey: identifier) }
        sources.remove(identifier)
        await learning.forget(source: identifier)
        acceptor.connectionClosed(connection.place)
    }

    /// Nil for one that goes on when its bytes are to be read in another way now.
    private func reader(for connection: IngestConnection) -> SampleReader? {
        let configuration = configuration.withLock { $0 }
        guard let continuation = connection.continuation else {
            return SampleReader(
                source: connection.identifier, configuration: configuration, learning: learning)
        }
        return SampleReader(
            continuing: continuation, source: connection.identifier, configuration: configuration,
            learning: learning)
    }
}
