import Logging
import NIOCore
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackWire

/// Learners to disk and back, on a thread of its own, so that learning goes on meanwhile.
actor CheckpointWriter {
    private let executor: any SerialExecutor
    private let store: CheckpointStore
    /// Where the streams' directories are.
    nonisolated var stateDirectory: String { store.stateDirectory }
    private let journal: Journal
    private let storage: StorageWatch
    private let logger: Logger
    /// How often learners were written.
    nonisolated let meter = CheckpointMeter()
    /// Whether which streams there were at the start is durable.
    private var hasSynchronized = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// A writer to the given store whose work is done on the event loop's thread.
    ///
    /// - Parameter journal: is told what checkpoints hold of it.
    init(
        store: CheckpointStore, journal: Journal, storage: StorageWatch, eventLoop: any EventLoop,
        logger: Logger
    ) {
        self.store = store
        self.journal = journal
        self.storage = storage
        self.logger = logger
        executor = eventLoop.executor
    }

    /// Writes a learner; on return it survives a power failure.
    ///
    /// - Throws: the system call that failed; the older checkpoints are as they were then.
    func save(_ snapshot: StreamSnapshot) throws(SystemError) -> CheckpointStatus {
        let checkpoint = snapshot.checkpoint(savedAt: Clocks.wallSeconds())
        let path: String
        do throws(SystemError) {
            // First, so that there is never a gap between the older checkpoint and what follows this one.
            if journal.failure == nil { try journal.sync() }
        } catch {
            storage.failed(.journal, error)
        }
        do throws(SystemError) { path = try store.save(checkpoint) } catch {
            storage.failed(.checkpoints, error)
            meter.failed()
            throw error
        }
        storage.succeeded(.checkpoints)
        meter.written()
        journal.cover(
            snapshot.name, before: store.oldestPosition(stream: snapshot.name) ?? checkpoint.position)
        logger.log(
            .checkpointWritten,
            metadata: ["stream": "\(snapshot.name)", "step": "\(checkpoint.step)"])
        return CheckpointStatus(step: checkpoint.step, time: checkpoint.savedAt, path: path)
    }

    /// The newest valid checkpoint of a stream with its path, for the stream to go on from; nil when there is none.
    ///
    /// - Throws: the system call that failed.
    func load(_ stream: String) throws(SystemError) -> (checkpoint: Checkpoint, path: String)? {
        let result = try find(stream)
        guard let checkpoint = result.checkpoint, let path = result.path else { return nil }
        // Nothing may be removed from the journal for a checkpoint that a power failure could take away.
        do throws(SystemError) {
            if !hasSynchronized { try store.synchronize() }
            hasSynchronized = true
            try store.synchronize(stream: stream)
            journal.cover(stream, before: result.oldestPosition ?? checkpoint.position)
        } catch {
            logger.log(
                .journalKept, metadata: ["stream": "\(stream)", "error": "\(error)"])
        }
        return (checkpoint, path)
    }

    /// As ``load(_:)``, only to be looked at.
    ///
    /// - Throws: the system call that failed.
    func look(at stream: String) throws(SystemError) -> (checkpoint: Checkpoint, path: String)? {
        let result = try find(stream)
        guard let checkpoint = result.checkpoint, let path = result.path else { return nil }
        return (checkpoint, path)
    }

    private func find(_ stream: String) throws(SystemError) -> LoadResult {
        let result = try store.loadNewest(stream: stream)
        for aside in result.setAside {
            logger.log(
                .checkpointSetAside,
                metadata: ["stream": "\(stream)", "path": "\(aside.path)", "reason": "\(aside.reason)"])
        }
        return result
    }

    /// Removes all but a stream's newest checkpoint, so that the journal need not go back further.
    ///
    /// - Throws: the system call that failed.
    func keepNewest(_ stream: String) throws(SystemError) {
        if let position = try store.keepNewest(stream: stream) {
            journal.cover(stream, before: position)
        } else {
            // Of a stream without a checkpoint, which all were asked to write, there is nothing that could go on.
            journal.coverOldestSegment(of: stream)
        }
    }

    /// Removes everything of a stream; what the journal has of it up to a position is not needed any more.
    ///
    /// - Throws: the system call that failed.
    func remove(_ stream: String, before position: UInt64) throws(SystemError) {
        try store.remove(stream: stream)
        journal.cover(stream, before: position)
    }

    /// Keeps a stream's checkpoints, under other names, from being loaded or removed.
    ///
    /// - Returns: where they are now.
    /// - Throws: the system call that failed.
    func setAside(_ stream: String) throws(SystemError) -> [String] {
        try store.setAside(stream: stream)
    }

    /// The streams that have a checkpoint.
    ///
    /// - Throws: the system call that failed.
    func storedStreams() throws(SystemError) -> [String] {
        try store.storedStreams()
    }
}
