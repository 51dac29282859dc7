import Logging
import NIOPosix
import NoBackTrackSystem
import Synchronization

/// Accepts the connections of one listening socket on a thread of its own, and knows, unlike an event loop,
/// when none was left waiting.
final class Acceptor: Sendable {
    private struct State {
        var places: TakenPlaces
        var isStopped = false
        var waiters: [CheckedContinuation<Bool, Never>] = []
    }

    /// Why there is nothing to do, and until when.
    private enum Pause {
        /// Until somebody connects.
        case nobodyWaits
        /// Until a connection has ended.
        case oneEnds
        /// So many milliseconds, or until a connection has ended.
        case milliseconds(Int32)
    }

    let socket: ListeningSocket
    /// What the socket is for, in the log.
    private let purpose: String
    private let logger: Logger
    private let threads = NIOThreadPool(numberOfThreads: 1)
    /// What the thread waits in.
    private let work: WakeablePoll
    private let state: Mutex<State>

    /// An acceptor that does nothing before ``start(_:)``.
    ///
    /// - Parameters:
    ///   - maxConnections: with as many open, further ones wait in the kernel's queue,
    ///   - idleSeconds: until one of the open ones has been idle for so long, and gives up its place.
    /// - Throws: when no pipe can be made.
    init(
        socket: ListeningSocket, purpose: String, maxConnections: Int, idleSeconds: Int, logger: Logger
    ) throws(SystemError) {
        self.socket = socket
        self.purpose = purpose
        self.logger = logger
        state = Mutex(
            State(
                places: TakenPlaces(capacity: maxConnections, patience: Self.nanoseconds(idleSeconds))))
        work = try WakeablePoll()
    }

    /// Sets other limits, as at the start; connections that are open stay.
    func setLimits(maxConnections: Int, idleSeconds: Int) {
        state.withLock {
            $0.places.setLimits(capacity: maxConnections, patience: Self.nanoseconds(idleSeconds))
        }
        work.wake()
    }

    private static func nanoseconds(_ seconds: Int) -> UInt64 { UInt64(seconds) * 1_000_000_000 }

    /// Accepts until ``stop()``, handing each connection's descriptor and place to `body` on the acceptor's thread.
    func start(_ body: @escaping @Sendable (Int32, ConnectionPlace) -> Void) {
        // Under the lock: a pool that is shut down while it starts traps.
        let isStopped = state.withLock { state in
            if !state.isStopped { threads.start() }
            return state.isStopped
        }
        if !isStopped { threads.submit { _ in self.run(body) } }
    }

    /// A place for a connection that was not accepted here, whether there is room or not.
    func takePlace() -> ConnectionPlace {
        let place = ConnectionPlace()
        state.withLock { $0.places.take(place) }
        return place
    }

    /// A connection was closed: another may be accepted.
    func connectionClosed(_ place: ConnectionPlace) {
        state.withLock { $0.places.leave(place) }
        work.wake()
    }

    /// How many connections are open.
    var openConnections: Int { state.withLock { $0.places.count } }

    /// Waits until every connection that waits now has been handed over, as far as the limit and those that give up
    /// their places let them.
    ///
    /// - Returns: false when none is accepted any more.
    func acceptWaiting() async -> Bool {
        await withCheckedContinuation { continuation in
            let isStopped = state.withLock { state in
                if !state.isStopped { state.waiters.append(continuation) }
                return state.isStopped
            }
            if isStopped { continuation.resume(returning: false) } else { work.wake() }
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
        for waiter in waiters { waiter.resume(returning: false) }
    }

    private func run(_ body: (Int32, ConnectionPlace) -> Void) {
        var waiters: [CheckedContinuation<Bool, Never>] = []
        while true {
            let isStopped = state.withLock { state in
                waiters += state.waiters
                state.waiters = []
                return state.isStopped
            }
            if isStopped {
                for waiter in waiters { waiter.resume(returning: false) }
                return
            }
            let pause = acceptAll(body)
            // Where a connection makes room, whoever waits behind the limit comes in yet.
            if case .oneEnds = pause {
            } else {
                for waiter in waiters { waiter.resume(returning: true) }
                waiters = []
            }
            switch pause {
            case .nobodyWaits: work.wait(for: socket.descriptor)
            case .oneEnds: work.wait(for: nil)
            case .milliseconds(let milliseconds): work.wait(for: nil, milliseconds: milliseconds)
            }
        }
    }

    private func acceptAll(_ body: (Int32, ConnectionPlace) -> Void) -> Pause {
        while state.withLock({ $0.places.hasRoom && !$0.isStopped }) {
            do throws(SystemError) {
                guard let connection = try socket.accept() else { return .nobodyWaits }
                let place = ConnectionPlace()
                state.withLock { $0.places.take(place) }
                body(connection, place)
            } catch {
                logger.log(.connectionNotAccepted, metadata: ["error": "\(error)"])
                // Descriptors or memory ran out: it is better to wait a little.
                return .milliseconds(100)
            }
        }
        return WakeablePoll.isReady(socket.descriptor) ? makeRoom() : .nobodyWaits
    }

    /// Has an idle connection end, now that another one waits.
    private func makeRoom() -> Pause {
        let places = state.withLock { $0.places }
        switch places.search(at: Clocks.monotonicNanoseconds()) {
        case .found(let idle):
            logger.log(
                .connectionGaveWay,
                metadata: ["socket": "\(purpose)", "idleSeconds": "\(idle / 1_000_000_000)"])
            return .oneEnds
        case .comes: return .oneEnds
        case .none(let nanoseconds):
            return .milliseconds(Int32(clamping: nanoseconds / 1_000_000 + 1))
        }
    }
}
