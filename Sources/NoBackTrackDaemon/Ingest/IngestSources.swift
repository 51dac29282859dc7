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
        var hasEnded = false
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
    /// - Returns: false after ``end()``, when more may have arrived than that.
    @discardableResult
    func drain() async -> Bool {
        await state.withLock { $0.acceptor }?.acceptWaiting()
        let sources = state.withLock { Array($0.sources.values) }
        await withDiscardingTaskGroup { group in
            for source in sources { group.addTask { await source.drain() } }
        }
        return !state.withLock(\.hasEnded)
    }

    /// Nothing more is learned of what arrives: the sources are about to end.
    func end() { state.withLock { $0.hasEnded = true } }
}
