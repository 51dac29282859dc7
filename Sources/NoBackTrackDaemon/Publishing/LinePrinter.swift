import NIOPosix
import NoBackTrackSystem
import Synchronization

/// Standard output as one end of a pipe: lines in the order they are given, none left out. Who prints faster than
/// the reader reads is made to wait.
final class LinePrinter: Sendable {
    private struct State {
        var waiting: [UInt8] = []
        var isWriting = false
        var failure: SystemError?
        var isAbandoned = false
        /// Lines that were given and thrown away because of that.
        var abandonedLines = 0
        var waiters: [CheckedContinuation<Void, Never>] = []

        /// Whether fewer bytes than `limit` wait; below 1 means that nothing is being written either.
        func isDone(below limit: Int) -> Bool {
            if failure != nil || isAbandoned { return true }
            return limit > 1 ? waiting.count < limit : waiting.isEmpty && !isWriting
        }
    }

    /// Bytes that may wait; above them the learner waits.
    private static let capacity = 262_144

    private let threads = NIOThreadPool(numberOfThreads: 1)
    private let write: @Sendable ([UInt8]) throws(SystemError) -> Void
    private let failed: @Sendable (SystemError) -> Void
    private let state = Mutex(State())

    /// A printer.
    ///
    /// - Parameters:
    ///   - write: writes all bytes, on the printer's thread.
    ///   - failed: called once, when the first write has failed; all that follows is thrown away.
    init(
        write: @escaping @Sendable ([UInt8]) throws(SystemError) -> Void,
        failed: @escaping @Sendable (SystemError) -> Void
    ) {
        self.write = write
        self.failed = failed
    }

    /// Gives lines to be printed after all that were given before. Never waits; ``room()`` does.
    func enqueue(_ lines: [UInt8]) {
        let mustStart = state.withLock { state in
            if state.isAbandoned { state.abandonedLines += Self.count(lines) }
            guard state.failure == nil, !state.isAbandoned else { return false }
            state.waiting += lines
            defer { state.isWriting = true }
            return !state.isWriting
        }
        guard mustStart else { return }
        // Once is enough, more do no harm; who never prints needs no thread.
        threads.start()
        threads.submit { _ in self.drain() }
    }

    /// Waits until there is room for more.
    func room() async { await wait(below: Self.capacity) }

    /// Waits until everything is printed, and ends the printer's thread; nothing may be given any more.
    func end() async {
        await wait(below: 1)
        // Of a reader that does not read the thread may stay in its last write, which nobody can end but the process.
        if !state.withLock({ $0.isWriting && $0.isAbandoned }) { try? await threads.shutdownGracefully() }
    }

    /// Throws away what waits, and lets nobody wait any more: the reader does not read and we must go.
    func abandon() {
        let waiters = state.withLock { state in
            state.isAbandoned = true
            state.abandonedLines += Self.count(state.waiting)
            state.waiting = []
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Lines thrown away by ``abandon()``, so far.
    var abandonedLines: Int { state.withLock { $0.abandonedLines } }

    private static func count(_ lines: [UInt8]) -> Int {
        lines.reduce(0) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
    }

    private func wait(below limit: Int) async {
        while true {
            if state.withLock({ $0.isDone(below: limit) }) { return }
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    let isDone = state.isDone(below: limit)
                    if !isDone { state.waiters.append(continuation) }
                    return isDone
                }
                if isDone { continuation.resume() }
            }
        }
    }

    private func drain() {
        while true {
            let lines = state.withLock { state in
                defer { state.waiting = [] }
                if state.waiting.isEmpty { state.isWriting = false }
                return state.waiting
            }
            if !lines.isEmpty {
                do throws(SystemError) { try write(lines) } catch { fail(error) }
            }
            // After the write: `flush()` means printed, not taken.
            let (waiters, isIdle) = state.withLock { state in
                defer { state.waiters = [] }
                return (state.waiters, !state.isWriting)
            }
            for waiter in waiters { waiter.resume() }
            if isIdle { return }
        }
    }

    private func fail(_ error: SystemError) {
        let isFirst = state.withLock { state in
            defer {
                state.failure = state.failure ?? error
                state.waiting = []
            }
            return state.failure == nil
        }
        if isFirst { failed(error) }
    }
}
