import Logging
import NIOCore
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackWire

/// Learners to disk and back, on a thread of its own, so that learning goes on meanwhile.
actor CheckpointWriter {
    private let executor: any SerialExecutor
    private let store: CheckpointStore
    private let logger: Logger

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// A writer to the given store whose work is done on the event loop's thread.
    init(store: CheckpointStore, eventLoop: any EventLoop, logger: Logger) {
        self.store = store
        self.logger = logger
        executor = eventLoop.executor
    }

    /// Writes a learner; on return it survives a power failure.
    ///
    /// - Throws: the system call that failed; the older checkpoints are as they were then.
    func save(_ snapshot: StreamSnapshot) throws(SystemError) -> CheckpointStatus {
        let checkpoint = snapshot.checkpoint(savedAt: Clocks.wallSeconds())
        let path = try store.save(checkpoint)
        logger.debug(
            "A checkpoint was written",
            metadata: ["stream": "\(snapshot.name)", "step": "\(checkpoint.step)"])
        return CheckpointStatus(step: checkpoint.step, time: checkpoint.savedAt, path: path)
    }

    /// The newest valid checkpoint of a stream with its path; nil when there is none.
    ///
    /// - Throws: the system call that failed.
    func load(_ stream: String) throws(SystemError) -> (checkpoint: Checkpoint, path: String)? {
        let result = try store.loadNewest(stream: stream)
        for aside in result.setAside {
            logger.error(
                "A checkpoint cannot be used and was set aside",
                metadata: ["stream": "\(stream)", "path": "\(aside.path)", "reason": "\(aside.reason)"])
        }
        guard let checkpoint = result.checkpoint, let path = result.path else { return nil }
        return (checkpoint, path)
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
