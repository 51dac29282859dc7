import Glibc
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
    /// A pipe that wakes the thread; its reading and its writing end.
    private let wake: (reader: Int32, writer: Int32)
    private let state = Mutex(State())

    /// An acceptor that does nothing before ``start(_:)``.
    ///
    /// - Parameter maxConnections: with as many open, further ones wait in the kernel's queue.
    /// - Throws: when no pipe can be made.
    init(socket: ListeningSocket, maxConnections: Int, logger: Logger) throws(SystemError) {
        self.socket = socket
        self.maxConnections = maxConnections
        self.logger = logger
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemError(call: "pipe", path: nil, code: errno) }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        wake = (ends[0], ends[1])
    }

    deinit {
        close(wake.reader)
        close(wake.writer)
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
        signal()
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
            if isStopped { continuation.resume() } else { signal() }
        }
    }

    /// Accepts no more, and returns when the thread has ended.
    func stop() async {
        state.withLock { $0.isStopped = true }
        signal()
        try? await threads.shutdownGracefully()
        // Those that came before a thread that was never started.
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private func signal() {
        var byte: UInt8 = 0
        // Fails only when the pipe is full, and then the thread has been woken already.
        _ = write(wake.writer, &byte, 1)
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
            waitForWork(listens: hasRoom && !isStarved, timeout: isStarved ? 100 : -1)
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

    private func waitForWork(listens: Bool, timeout: Int32) {
        let hasRoom = state.withLock { $0.open < maxConnections }
        var requests = [
            pollfd(fd: wake.reader, events: Int16(POLLIN), revents: 0),
            // A negative descriptor is left out.
            pollfd(fd: listens && hasRoom ? socket.descriptor : -1, events: Int16(POLLIN), revents: 0),
        ]
        // An interruption is one more turn of the loop.
        guard poll(&requests, 2, timeout) > 0, requests[0].revents != 0 else { return }
        var bytes = [UInt8](repeating: 0, count: 64)
        // What does not fit wakes the thread once more, for nothing.
        _ = read(wake.reader, &bytes, bytes.count)
    }
}
