import Synchronization

/// A source of samples that can say how far its bytes have come.
protocol IngestSource: Sendable {
    /// Waits until all bytes that the kernel had for us when this was called are dealt with.
    func drain() async
}

/// Every open source, so that `flush` and the stop know what to wait for.
final class IngestSources: Sendable {
    private struct State {
        var sources: [UInt64: any IngestSource] = [:]
        var acceptor: Acceptor?
        var next: UInt64 = 0
        /// How often it is waited for what has arrived, by those who asked.
        var flushes = 0
        var isEnding = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Connections on this socket are sources as well, from the moment they are accepted.
    func setAcceptor(_ acceptor: Acceptor) {
        state.withLock { $0.acceptor = acceptor }
    }

    /// Connections that are open on the ingest socket.
    var openConnections: Int { state.withLock { $0.acceptor }?.openConnections ?? 0 }

    /// A number that no other source has.
    func nextIdentifier() -> UInt64 {
        state.withLock { state in
            state.next += 1
            return state.next
        }
    }

    func insert(_ source: any IngestSource, _ identifier: UInt64) {
        state.withLock { $0.sources[identifier] = source }
    }

    func remove(_ identifier: UInt64) {
        state.withLock { _ = $0.sources.removeValue(forKey: identifier) }
    }

    /// Waits until everything that had arrived when this was called is learned or rejected: what was read, what the
    /// kernel holds for open connections, and connections that wait to be accepted.
    ///
    /// - Returns: false when connections are not accepted any more: those that wait may have more.
    @discardableResult
    func drain() async -> Bool {
        let isComplete = await state.withLock { $0.acceptor }?.acceptWaiting() ?? true
        let sources = state.withLock { Array($0.sources.values) }
        await withDiscardingTaskGroup { group in
            for source in sources { group.addTask { await source.drain() } }
        }
        return isComplete
    }

    /// As ``drain()``, for somebody who asks.
    ///
    /// - Returns: false when what has arrived may not be learned, for the daemon stops.
    func flush() async -> Bool {
        let begins = state.withLock { state in
            if !state.isEnding { state.flushes += 1 }
            return !state.isEnding
        }
        guard begins else { return false }
        let isComplete = await drain()
        let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
            state.flushes -= 1
            guard state.flushes == 0 else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
        return isComplete
    }

    /// The sources are about to end: waits for every ``flush()`` that has begun, and lets none begin.
    func end() async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                state.isEnding = true
                if state.flushes > 0 { state.waiter = continuation }
                return state.flushes == 0
            }
            if isDone { continuation.resume() }
        }
    }
}
