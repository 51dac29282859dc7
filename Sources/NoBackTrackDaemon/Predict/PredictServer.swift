import Logging
import NIOPosix
import NoBackTrackSystem
import NoBackTrackWire
import Synchronization

/// The predict socket with its connections.
final class PredictServer: Sendable {
    private typealias Accepted = (descriptor: Int32, place: ConnectionPlace)

    private let acceptor: Acceptor
    private let sources: IngestSources
    private let learning: LearningLoop
    private let publisher: EventPublisher
    private struct Settings {
        /// Of connections that begin.
        var configuration: DaemonConfiguration.Predict
        /// Of all connections.
        var rights: ControlRights
    }

    private let settings: Mutex<Settings>
    private let group: MultiThreadedEventLoopGroup
    private let tasks: EventLoopTasks
    private let open = Mutex<[ObjectIdentifier: EventMailbox]>([:])
    private let accepted: AsyncStream<Accepted>
    private let feed: AsyncStream<Accepted>.Continuation
    /// Without elements; ends when the server is to end.
    private let ending: AsyncStream<Never>
    private let end: AsyncStream<Never>.Continuation

    /// A server on the given socket that does nothing before ``run()``.
    ///
    /// - Throws: the system call that failed.
    init(
        socket: ListeningSocket, configuration: DaemonConfiguration.Predict, rights: ControlRights,
        sources: IngestSources, learning: LearningLoop, publisher: EventPublisher,
        group: MultiThreadedEventLoopGroup, logger: Logger
    ) throws(SystemError) {
        acceptor = try Acceptor(
            socket: socket, purpose: "predict", maxConnections: configuration.maxConnections,
            idleSeconds: configuration.idleSeconds, logger: logger)
        settings = Mutex(Settings(configuration: configuration, rights: rights))
        self.sources = sources
        self.learning = learning
        self.publisher = publisher
        self.group = group
        tasks = EventLoopTasks(group.next())
        // Bounded by the acceptor's limit of connections.
        (accepted, feed) = AsyncStream.makeStream()
        (ending, end) = AsyncStream.makeStream()
    }

    /// Takes over other limits, those of a connection for the ones that begin, and other rights for all.
    func apply(_ configuration: DaemonConfiguration.Predict, _ rights: ControlRights) {
        settings.withLock { $0 = Settings(configuration: configuration, rights: rights) }
        acceptor.setLimits(
            maxConnections: configuration.maxConnections, idleSeconds: configuration.idleSeconds)
    }

    /// Serves until ``shutDown()`` and the last client is gone; one that does not read what waits for it is not
    /// waited for long.
    func run() async {
        acceptor.start { [feed] in feed.yield(($0, $1)) }
        await withTaskGroup { tasks in
            tasks.addTask {
                await withDiscardingTaskGroup { clients in
                    for await connection in self.accepted {
                        clients.addTask { await self.serve(connection) }
                    }
                }
            }
            tasks.addTask {
                for await _ in self.ending {}
                try? await Task.sleep(for: .seconds(1))
            }
            // Whichever ends first, the other is not needed any more.
            await tasks.next()
            tasks.cancelAll()
        }
    }

    /// Takes no more connections, and lets the open ones end when they have got what waits for them.
    func shutDown() async {
        await acceptor.stop()
        feed.finish()
        end.finish()
        for mailbox in open.withLock({ Array($0.values) }) { mailbox.close() }
    }

    private func serve(_ accepted: Accepted) async {
        let configuration = settings.withLock(\.configuration)
        let mailbox = EventMailbox(
            capacity: configuration.subscriberQueueEvents, maxBytes: configuration.subscriberQueueBytes,
            meter: publisher.meter)
        open.withLock { $0[ObjectIdentifier(mailbox)] = mailbox }
        let connection = PredictConnection(
            descriptor: accepted.descriptor, place: accepted.place, group: group, learning: learning,
            publisher: publisher, sources: sources,
            openConnections: { [sources, acceptor] in
                .init(ingest: sources.openConnections, predict: acceptor.openConnections)
            },
            rights: { [weak self] in self?.settings.withLock(\.rights) }, mailbox: mailbox,
            maxRequestsPerSecond: configuration.maxRequestsPerSecond)
        // On the thread of its channel, which gives way to the learning.
        await withTaskExecutorPreference(tasks) { await connection.run() }
        open.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(mailbox)) }
        acceptor.connectionClosed(accepted.place)
    }
}
