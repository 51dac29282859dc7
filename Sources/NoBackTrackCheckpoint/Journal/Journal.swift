import Glibc
package import NoBackTrackSystem
import Synchronization

/// The journal while it is written. Learning threads append; one thread beside them does everything else.
///
/// A journal that could not be written has a gap. It is ``reopen()``ed then, and whole again when checkpoints hold what
/// is missing in it: ``healed(upTo:)``.
package final class Journal: Sendable {
    /// What a segment has of each stream.
    private struct Segment {
        var number: UInt64
        var bytes: Int
        /// For every stream the position after its last entry.
        var ends: [String: UInt64]
    }

    private struct State {
        /// The newest segment, which is written to; nil when there is none that can be.
        var file: OpenFile?
        /// All segments, the newest last.
        var segments: [Segment] = []
        /// Segments that are written no more and not yet synced.
        var unsynced: [OpenFile] = []
        /// Whether something was written to the newest one since it was synced.
        var isDirty = false
        /// Entries accepted, written or not.
        var accepted: UInt64 = 0
        /// How many of them survive a power failure.
        var durable: UInt64 = 0
        /// When everything accepted by then was last found durable, in monotonic nanoseconds.
        var syncedAt: UInt64?
        /// So many entries have to be in checkpoints before the journal counts again.
        var gapEnd: UInt64?
        /// Why nothing can be written.
        var failure: SystemError?
        /// For every stream the position of its oldest checkpoint.
        var covered: [String: UInt64] = [:]
    }

    /// Where it lies.
    package let store: JournalStore
    private let segmentBytes: Atomic<Int>
    private let state = Mutex(State())
    /// Held while files are synced: what is on its way to the disk is not there.
    private let syncing = Mutex(())

    /// A journal that is not written to before ``reopen()``.
    ///
    /// - Parameter segmentBytes: size from which on a segment is followed by another, in bytes.
    package init(store: JournalStore, segmentBytes: Int) {
        self.store = store
        self.segmentBytes = Atomic(segmentBytes)
    }

    /// From now on a segment of that size, in bytes, is followed by another.
    package func setSegmentBytes(_ bytes: Int) { segmentBytes.store(bytes, ordering: .relaxed) }

    deinit {
        state.withLock { state in
            for file in state.unsynced { try? store.calls.close(file) }
            if let file = state.file { try? store.calls.close(file) }
        }
    }

    /// Takes in a segment that is there from before.
    package func adopt(_ segment: UInt64, bytes: Int, ends: [String: UInt64]) {
        state.withLock { $0.segments.append(Segment(number: segment, bytes: bytes, ends: ends)) }
    }

    /// Renames a segment that is damaged, so that it is neither read nor removed.
    ///
    /// - Returns: where it is now.
    /// - Throws: the call that failed.
    package func setAside(_ segment: UInt64) throws(SystemError) -> String {
        let path = try store.setAside(segment)
        state.withLock { state in state.segments.removeAll { $0.number == segment } }
        return path
    }

    // MARK: - Learning threads

    /// Writes a block, all or nothing.
    ///
    /// - Throws: why it could not be written: no later one will be before ``reopen()``.
    package func append(_ block: inout JournalBlockWriter) throws(SystemError) {
        let failure: SystemError? = state.withLock { state in
            guard let file = state.file, let last = state.segments.indices.last else { return state.failure }
            block.seal(segment: state.segments[last].number, offset: state.segments[last].bytes)
            do throws(SystemError) {
                try DurableFile.writeAll(block.bytes, to: file, using: store.calls)
            } catch {
                // What is there of it is no block; without it the next reader need not find that out.
                try? store.calls.truncate(file, to: Int64(state.segments[last].bytes))
                Self.fail(&state, error)
                return error
            }
            state.isDirty = true
            state.accepted += UInt64(block.entryCount)
            state.segments[last].bytes += block.bytes.count
            for (stream, end) in block.ends where end > 0 { state.segments[last].ends[stream] = end }
            return nil
        }
        if let failure { throw failure }
    }

    /// So many entries are accepted that could not be written.
    package func skip(_ count: Int) {
        state.withLock { state in
            state.accepted += UInt64(count)
            state.gapEnd = state.accepted
        }
    }

    // MARK: - State

    /// Entries accepted so far, written or not.
    package var accepted: UInt64 { state.withLock { $0.accepted } }

    /// How many entries survive a power failure, in the journal or in checkpoints.
    package var durable: UInt64 { state.withLock { $0.durable } }

    /// Since when everything that was accepted by then is durable, in monotonic nanoseconds; nil: nothing was synced yet.
    package var syncedAt: UInt64? { state.withLock { $0.syncedAt } }

    /// Why nothing can be written; nil while that can be.
    package var failure: SystemError? { state.withLock { $0.failure } }

    /// Whether checkpoints have to make up for what could not be written.
    package var hasGap: Bool { state.withLock { $0.gapEnd != nil } }

    /// Segments, and their bytes together.
    package var size: (segments: Int, bytes: Int) {
        state.withLock { ($0.segments.count, $0.segments.reduce(0) { $0 + $1.bytes }) }
    }

    /// Whether the newest segment is to be followed by another.
    package var isSegmentFull: Bool {
        let limit = segmentBytes.load(ordering: .relaxed)
        return state.withLock { $0.file != nil && ($0.segments.last?.bytes ?? 0) >= limit }
    }

    // MARK: - The thread beside them

    /// Begins a new segment.
    ///
    /// - Returns: how many entries had been accepted when it began.
    /// - Throws: the call that failed; the segment that is written to, if there is one, still is then.
    @discardableResult
    package func reopen() throws(SystemError) -> UInt64 {
        let (number, file): (UInt64, OpenFile)
        do throws(SystemError) {
            let (known, empty) = state.withLock { state in
                let last = state.segments.last
                let isEmpty = state.file == nil && last?.bytes == JournalFormat.headerBytes
                return (last?.number ?? 0, isEmpty ? last?.number : nil)
            }
            if let empty {
                // On a full disk one would follow the other.
                try store.remove(empty)
                state.withLock { state in state.segments.removeAll { $0.number == empty } }
            }
            number = max(known + 1, try store.nextSegment())
            file = try store.create(number)
        } catch {
            // Without a segment from the start on nobody would know that nothing is written.
            state.withLock { state in if state.file == nil { Self.fail(&state, error) } }
            throw error
        }
        return state.withLock { state in
            if let old = state.file { state.unsynced.append(old) }
            state.file = file
            state.segments.append(Segment(number: number, bytes: JournalFormat.headerBytes, ends: [:]))
            state.failure = nil
            if state.gapEnd != nil { state.gapEnd = state.accepted }
            return state.accepted
        }
    }

    /// Makes everything accepted so far durable, unless the journal has a gap.
    ///
    /// - Throws: the call that failed. What was not durable before it counts as lost: the kernel may have dropped what it
    ///   could not write, and would report success next time.
    package func sync() throws(SystemError) {
        let failure = syncing.withLock { _ in syncAll() }
        if let failure { throw failure }
    }

    private func syncAll() -> SystemError? {
        let began = Clocks.monotonicNanoseconds()
        let (sealed, newest, target) = state.withLock { state in
            let newest = state.isDirty ? state.file : nil
            defer { (state.unsynced, state.isDirty) = ([], false) }
            return (state.unsynced, newest, state.accepted)
        }
        var failure: SystemError?
        for file in sealed + (newest.map { [$0] } ?? []) {
            do throws(SystemError) {
                try uninterrupted { () throws(SystemError) in try store.calls.fsync(file) }
            } catch {
                failure = failure ?? error
            }
        }
        for file in sealed { try? store.calls.close(file) }
        state.withLock { state in
            if let failure {
                Self.fail(&state, failure)
            } else if state.gapEnd == nil {
                state.durable = max(state.durable, target)
                state.syncedAt = began
            }
        }
        return failure
    }

    /// Checkpoints hold the first so many entries: they are durable, and if the journal had a gap among them it is whole
    /// again.
    package func healed(upTo count: UInt64) {
        state.withLock { state in
            guard let end = state.gapEnd, end <= count else { return }
            state.gapEnd = nil
            state.durable = max(state.durable, end)
        }
    }

    /// Whether the newest segment is still where it was made: who removes the state directory gets no error otherwise.
    ///
    /// - Returns: false when it is gone; the journal has failed then.
    package func checkPresence() -> Bool {
        guard
            let (file, number) = state.withLock({ state in
                state.file.map { ($0, state.segments.last?.number) }
            }),
            let number
        else { return true }
        let isThere: Bool
        do throws(SystemError) {
            let open = try store.calls.status(of: file)
            let there = try store.calls.status(at: store.path(of: number))
            isThere = there.map { $0.inode == open.inode && $0.device == open.device } ?? false
        } catch {
            // That says nothing about the file.
            return true
        }
        guard isThere else {
            state.withLock { state in
                state.segments.removeAll()
                Self.fail(
                    &state,
                    SystemError(
                        call: "stat", path: store.path(of: number), code: ENOENT,
                        advice: "the state directory was removed; it is made anew"))
            }
            return false
        }
        return true
    }

    /// Notes that a stream's oldest checkpoint has everything before a position.
    package func cover(_ stream: String, before position: UInt64) {
        state.withLock { $0.covered[stream] = position }
    }

    /// Notes that what the oldest segment has of a stream is of no use.
    package func coverOldestSegment(of stream: String) {
        state.withLock { state in
            guard let end = state.segments.first?.ends[stream] else { return }
            state.covered[stream] = max(state.covered[stream, default: 0], end)
        }
    }

    /// The streams that the oldest segment is kept for; empty when it is the newest as well.
    package var pinning: [String] {
        state.withLock { state in
            guard state.segments.count > 1, let oldest = state.segments.first else { return [] }
            return oldest.ends.filter { $0.value > state.covered[$0.key, default: 0] }.keys.sorted()
        }
    }

    /// Removes the oldest segments that checkpoints hold.
    ///
    /// - Throws: the call that failed.
    package func removeCovered() throws(SystemError) {
        while true {
            let number: UInt64? = state.withLock { state in
                guard state.segments.count > 1, let oldest = state.segments.first,
                    oldest.ends.allSatisfy({ $0.value <= state.covered[$0.key, default: 0] })
                else { return nil }
                return oldest.number
            }
            guard let number else { return }
            try store.remove(number)
            state.withLock { state in state.segments.removeAll { $0.number == number } }
        }
    }

    private static func fail(_ state: inout State, _ error: SystemError) {
        if let file = state.file { state.unsynced.append(file) }
        state.file = nil
        state.isDirty = false
        state.failure = error
        state.gapEnd = state.accepted
    }
}
