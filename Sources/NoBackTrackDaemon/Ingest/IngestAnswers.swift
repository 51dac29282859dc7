import NoBackTrackWire
import Synchronization

/// What waits to be told to one producer: lines that were refused, then how far its samples are settled.
///
/// The learning never waits here. Of acknowledgements only the newest counts; lines for a producer that does not read are
/// left out once too many wait, and counted in the acknowledgement all the same.
final class IngestAnswers: Sendable {
    /// How far the samples of a connection are settled.
    struct Settled: Sendable, Equatable {
        /// Samples learned, now or before.
        var count: UInt64 = 0
        /// Lines refused.
        var refused: UInt64 = 0
        /// So many entries of the journal have to be on disk for them to be.
        var accepted: UInt64 = 0
    }

    /// What is told at once.
    struct Answer: Sendable {
        /// Error lines.
        var lines: [UInt8]
        /// What is settled with them; nil: as before.
        var settled: Settled?
    }

    private struct State {
        var lines: [UInt8] = []
        var settled: Settled?
        var isClosed = false
        var isTelling = false
        var isLetGo = false
        var reader: CheckedContinuation<Void, Never>?
        var waiters: [CheckedContinuation<Void, Never>] = []

        var isEmpty: Bool { lines.isEmpty && settled == nil }

        mutating func takeReader() -> CheckedContinuation<Void, Never>? {
            defer { reader = nil }
            return reader
        }
    }

    /// Bytes of lines that wait at most.
    private static let capacity = SampleReader.maxAnswerBytes
    private let state = Mutex(State())

    /// Leaves lines, and what is settled after them. Never waits.
    func put(_ lines: [UInt8], _ settled: Settled?) {
        guard !lines.isEmpty || settled != nil else { return }
        let reader = state.withLock { state in
            if state.lines.count + lines.count <= 2 * Self.capacity { state.lines += lines }
            if let settled { state.settled = settled }
            return state.takeReader()
        }
        reader?.resume()
    }

    /// Takes all that waits; waits for something.
    ///
    /// - Returns: nil after ``close()`` when nothing is left. One task at a time, which has told what it took before.
    func next() async -> Answer? {
        while true {
            let (answer, isClosed, waiters) = state.withLock { state in
                let answer = state.isEmpty ? nil : Answer(lines: state.lines, settled: state.settled)
                (state.lines, state.settled) = ([], nil)
                state.isTelling = answer != nil
                let waiters = answer == nil ? state.waiters : []
                if answer == nil { state.waiters = [] }
                return (answer, state.isClosed, waiters)
            }
            for waiter in waiters { waiter.resume() }
            if let answer { return answer }
            if isClosed { return nil }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    let isReady = state.isClosed || !state.isEmpty
                    if !isReady { state.reader = continuation }
                    return isReady
                }
                if isReady { continuation.resume() }
            }
        }
    }

    /// Waits until all that was left is told, or ``letGo()``.
    func told() async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                let isDone = state.isLetGo || state.isEmpty && !state.isTelling
                if !isDone { state.waiters.append(continuation) }
                return isDone
            }
            if isDone { continuation.resume() }
        }
    }

    /// Nothing more will be left here; what was is told yet.
    func close() {
        let reader = state.withLock { state in
            state.isClosed = true
            return state.takeReader()
        }
        reader?.resume()
    }

    /// Nobody is waited for any more.
    func letGo() {
        let waiters = state.withLock { state in
            state.isLetGo = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
