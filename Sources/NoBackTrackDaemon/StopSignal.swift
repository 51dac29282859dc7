import Synchronization

/// Why the daemon stops, and the news of it. The first reason counts.
final class StopSignal: Sendable {
    enum Reason: Sendable, Equatable {
        /// TERM, INT, or ``Daemon/stop()``.
        case asked
        /// Standard input has ended and nothing else can come.
        case endOfInput
        /// Whoever read standard output is gone.
        case readerGone
        case failed(DaemonFailure)
    }

    private struct State {
        var reason: Reason?
        var waiters: [CheckedContinuation<Reason, Never>] = []
    }

    private let state = Mutex(State())

    /// Whether it has to stop.
    var isGiven: Bool { state.withLock { $0.reason != nil } }

    /// Has the daemon stop.
    func give(_ reason: Reason) {
        let waiters = state.withLock { state in
            guard state.reason == nil else { return [] as [CheckedContinuation<Reason, Never>] }
            state.reason = reason
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: reason) }
    }

    /// Waits until the daemon has to stop.
    func wait() async -> Reason {
        await withCheckedContinuation { continuation in
            let reason = state.withLock { state in
                if state.reason == nil { state.waiters.append(continuation) }
                return state.reason
            }
            if let reason { continuation.resume(returning: reason) }
        }
    }
}
