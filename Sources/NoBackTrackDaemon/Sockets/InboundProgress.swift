import Synchronization

/// How far one source's bytes have come: received from the kernel, and dealt with by the learner.
final class InboundProgress: Sendable {
    private struct State {
        var received = 0
        var processed = 0
        var isFinished = false
        var waiters: [(target: Int, continuation: CheckedContinuation<Void, Never>)] = []

        /// Takes out the waiters that have waited long enough.
        mutating func satisfied() -> [CheckedContinuation<Void, Never>] {
            let done = waiters.filter { isFinished || $0.target <= processed }.map(\.continuation)
            waiters.removeAll { isFinished || $0.target <= processed }
            return done
        }
    }

    private let state = Mutex(State())

    /// Bytes that were read from the kernel.
    var received: Int { state.withLock { $0.received } }

    /// So many more bytes were read from the kernel.
    func didReceive(_ count: Int) {
        state.withLock { $0.received += count }
    }

    /// So many more bytes are parsed, and what they held is learned or rejected.
    func didProcess(_ count: Int) {
        let done = state.withLock { state in
            state.processed += count
            return state.satisfied()
        }
        for continuation in done { continuation.resume() }
    }

    /// Whether all that was read is dealt with.
    var isSettled: Bool { state.withLock { $0.processed >= $0.received } }

    /// Nobody waits any more for what is under way.
    func letGo() {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters.map(\.continuation)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Nothing more will be processed.
    func finish() {
        let done = state.withLock { state in
            state.isFinished = true
            return state.satisfied()
        }
        for continuation in done { continuation.resume() }
    }

    /// Waits until the first `target` bytes are dealt with, or the source has finished.
    func processed(upTo target: Int) async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                let isDone = state.isFinished || state.processed >= target
                if !isDone { state.waiters.append((target, continuation)) }
                return isDone
            }
            if isDone { continuation.resume() }
        }
    }
}
