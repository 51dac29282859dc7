import Logging
import NIOPosix
import NoBackTrackSystem
import Synchronization

/// Accepts the connections of one listening socket on a thread of its own, and knows, unlike an event loop,
/// when none was left waiting.
final class Acceptor: Sendable {
    private struct State {
        var open = 0
        var isStopped = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    let socket: ListeningSocket
    private let maxConnections: Int
    private let logger: Logger
    private let threads = NIOThreadPool(numberOfThreads: 1)
    /// What the thread waits in.
    private let work: WakeablePoll
    private let state = Mutex(State())

    /// An acceptor that does nothing before ``start(_:)``.
    ///
    /// - Parameter maxConnections: with as many open, further ones wait in the kernel's queue.
    /// - Throws: when no pipe can be made.
    init(socket: ListeningSocket, maxConnections: Int, logger: Logger) throws(SystemError) {
        self.socket = socket
        self.maxConnections = maxConnections
        self.logger = logger
        work = try WakeablePoll()
    }

    /// Accepts until ``stop()``, handing each connection's descriptor to `body` on the acceptor's thread.
    func start(_ body: @escaping @Sendable (Int32) -> Void) {
        // Under the lock: a pool that is shut down while it starts traps.
        let isStopped = state.withLock { state in
            if !state.isStopped { threads.start() }
            return state.isStopped
        }
        if !isStopped { threads.submit { _ in self.run(body) } }
    }

    /// A connection was closed: another may be accepted.
    func connectionClosed() {
        state.withLock { $0.open -= 1 }
        work.wake()
    }

    /// How many connections are open.
    var openConnections: Int { state.withLock { $0.open } }

    /// Waits until every connection that waits now has been handed over, as far as the limit lets them.
    func acceptWaiting() async {
        await withCheckedContinuation { continuation in
            let isStopped = state.withLock { state in
                if !state.isStopped { state.waiters.append(continuation) }
                return state.isStopped
            }
            if isStopped { continuation.resume() } else { work.wake() }
        }
    }

    /// Accepts no more, and returns when the thread has ended.
    func stop() async {
        state.withLock { $0.isStopped = true }
        work.wake()
        try? await threads.shutdownGracefully()
        // Those that came before a thread that was never started.
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private func run(_ body: (Int32) -> Void) {
        var isStarved = false
        while true {
            let (isStopped, hasRoom, waiters) = state.withLock { state in
                let waiters = state.waiters
                state.waiters = []
                return (state.isStopped, state.open < maxConnections, waiters)
            }
            if isStopped {
                for waiter in waiters { waiter.resume() }
                return
            }
            isStarved = hasRoom ? acceptAll(body) : false
            for waiter in waiters { waiter.resume() }
            waitForWork(listens: hasRoom && !isStarved, milliseconds: isStarved ? 100 : nil)
        }
    }

    /// - Returns: whether descriptors or memory ran out, so that it is better to wait a little.
    private func acceptAll(_ body: (Int32) -> Void) -> Bool {
        while state.withLock({ $0.open < maxConnections && !$0.isStopped }) {
            do throws(SystemError) {
                guard let connection = try socket.accept() else { return false }
                state.withLock { $0.open += 1 }
                body(connection)
            } catch {
                logger.warning("A connection could not be accepted", metadata: ["error": "\(error)"])
                return true
            }
        }
        return false
    }

    private func waitForWork(listens: Bool, milliseconds: Int32?) {
        let hasRoom = state.withLock { $0.open < maxConnections }
        work.wait(for: listens && hasRoom ? socket.descriptor : nil, milliseconds: milliseconds)
    }
}
