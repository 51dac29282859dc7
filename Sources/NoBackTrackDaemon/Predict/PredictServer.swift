import Logging
import NIOPosix
import NoBackTrackSystem
import NoBackTrackWire
import Synchronization

/// The predict socket with its connections.
final class PredictServer: Sendable {
    /// A connection that is to be served.
    private struct Accepted {
        var descriptor: Int32
        var place: ConnectionPlace
        var mailbox: EventMailbox
        var end: PredictConnectionEnd
        var hasSubscribed = false
    }

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
    private let open = Mutex<[ObjectIdentifier: Accepted]>([:])
    /// Where connections go that have ended here and go on in the next daemon.
    private let left: LeftConnections
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
        sources: IngestSources, learning: LearningLoop, publisher: EventPublisher, left: LeftConnections,
        group: MultiThreadedEventLoopGroup, logger: Logger
    ) throws(SystemError) {
        acceptor = try Acceptor(
            socket: socket, purpose: "predict", maxConnections: configuration.maxConnections,
            idleSeconds: configuration.idleSeconds, logger: logger)
        settings = Mutex(Settings(configuration: configuration, rights: rights))
        self.sources = sources
        self.learning = learning
        self.publisher = publisher
        self.left = left
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

    /// Goes on with a connection of an earlier daemon, with the events of what comes after.
    func resume(_ descriptor: Int32, streams: [String], waits: Bool, unread: [UInt8]) async {
        let mailbox = newMailbox()
        await learning.resubscribe(mailbox, to: streams, waits: waits)
        take(
            Accepted(
                descriptor: descriptor, place: acceptor.takePlace(), mailbox: mailbox,
                end: PredictConnectionEnd(unread: unread), hasSubscribed: waits || !streams.isEmpty))
    }

    private func take(_ accepted: Accepted) {
        // Known before the end, however soon that comes.
        open.withLock { $0[ObjectIdentifier(accepted.mailbox)] = accepted }
        feed.yield(accepted)
    }

    /// Serves until ``shutDown()`` and the last client is gone; one that does not read what waits for it is not
    /// waited for long.
    func run() async {
        acceptor.start { [self] in
            take(
                Accepted(
                    descriptor: $0, place: $1, mailbox: newMailbox(), end: PredictConnectionEnd(unread: [])))
        }
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

    /// Takes no more connections and no more requests: both are the next daemon's. Events go on.
    func halt() async {
        await stopAccepting()
        let open = open.withLock { Array($0.values) }
        await withDiscardingTaskGroup { tasks in
            for connection in open { tasks.addTask { await connection.end.halt() } }
        }
    }

    /// Takes no more connections, and lets the open ones end when they have got what waits for them.
    func shutDown() async {
        await stopAccepting()
        end.finish()
        for connection in open.withLock({ Array($0.values) }) { connection.mailbox.close() }
    }

    /// Takes no more connections; those that wait are the next daemon's.
    private func stopAccepting() async {
        await acceptor.stop()
        feed.finish()
    }

    private func newMailbox() -> EventMailbox {
        let configuration = settings.withLock(\.configuration)
        return EventMailbox(
            capacity: configuration.subscriberQueueEvents, maxBytes: configuration.subscriberQueueBytes,
            meter: publisher.meter)
    }

    private func serve(_ accepted: Accepted) async {
        let mailbox = accepted.mailbox
        let connection = PredictConnection(
            descriptor: accepted.descriptor, place: accepted.place, group: group, learning: learning,
            publisher: publisher, sources: sources,
            openConnections: { [sources, acceptor] in
                .init(ingest: sources.openConnections, predict: acceptor.openConnections)
            },
            rights: { [weak self] in self?.settings.withLock(\.rights) }, mailbox: mailbox,
            maxRequestsPerSecond: settings.withLock(\.configuration.maxRequestsPerSecond), end: accepted.end,
            hasSubscribed: accepted.hasSubscribed)
        // On the thread of its channel, which gives way to the learning.
        if let open = await withTaskExecutorPreference(tasks, operation: { await connection.run() }) {
            left.add(open)
        }
        open.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(mailbox)) }
        acceptor.connectionClosed(accepted.place)
    }
}
