import Logging
import NIOCore
import NoBackTrackCheckpoint
import NoBackTrackSystem

/// Everything about the journal that takes time, on a thread of its own: samples are made durable, segments begun and
/// removed, and a journal that could not be written is made whole again.
actor JournalKeeper {
    /// How often at most a failed journal is begun anew.
    private static let retryNanoseconds: UInt64 = 1_000_000_000

    let journal: Journal
    private let lock: DirectoryLock?
    private let storage: StorageWatch
    private var configuration: DaemonConfiguration.Journal
    private let logger: Logger
    private let executor: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private var lastAttempt: UInt64 = 0
    /// Whether the state directory was removed, and the lock with it.
    private var isLockGone = false

    /// A keeper whose work is done on the event loop's thread.
    ///
    /// - Parameter lock: of the state directory; nil: nobody else uses it.
    init(
        journal: Journal, lock: DirectoryLock? = nil, configuration: DaemonConfiguration.Journal,
        storage: StorageWatch,
        eventLoop: any EventLoop, logger: Logger
    ) {
        self.journal = journal
        self.lock = lock
        self.configuration = configuration
        self.storage = storage
        self.logger = logger
        executor = eventLoop.executor
    }

    /// Takes over another interval and size; whether there is a journal stays as it is.
    func apply(_ configuration: DaemonConfiguration.Journal) {
        self.configuration = configuration
        journal.setSegmentBytes(configuration.segmentBytes)
    }

    /// Begins the first segment.
    func start() {
        guard configuration.enabled else { return }
        reopen()
    }

    /// Tends the journal until it is cancelled.
    ///
    /// - Parameter checkpoints: writes those of all streams that have learned since the last one.
    func run(_ checkpoints: CheckpointSchedule) async {
        while (try? await Task.sleep(for: .milliseconds(configuration.syncIntervalMilliseconds))) != nil {
            if configuration.enabled { await tend(checkpoints) }
            await retry(checkpoints)
        }
    }

    /// Writes checkpoints again that could not be written.
    private func retry(_ checkpoints: CheckpointSchedule) async {
        // Those of streams that are forgotten are not waited for.
        guard storage.isFailing(.checkpoints), await checkpoints.saveAll() == nil else { return }
        storage.succeeded(.checkpoints)
    }

    /// Makes everything accepted so far durable.
    ///
    /// - Returns: whether it is.
    @discardableResult
    func sync() -> Bool {
        guard configuration.enabled, journal.failure == nil else { return false }
        do throws(SystemError) {
            try journal.sync()
            return !journal.hasGap
        } catch {
            storage.failed(.journal, error)
            return false
        }
    }

    /// Waits until the first so many entries survive a power failure.
    ///
    /// All that wait at the same time share one `fsync`: while it goes on they queue up for this thread, and the next
    /// one is for all of them.
    ///
    /// - Returns: false when the daemon stops before they do.
    func durable(_ count: UInt64) async -> Bool {
        while journal.durable < count {
            if !journal.hasGap, sync() { continue }
            guard await storage.recovered() else { return journal.durable >= count }
            // Its failure and its recovery may not have come to the watch yet.
            if journal.durable < count { try? await Task.sleep(for: .milliseconds(10)) }
        }
        return true
    }

    /// Stores what could not be stored, begins a further segment, removes those that are not needed.
    func tend(_ checkpoints: CheckpointSchedule) async {
        if journal.failure == nil, !journal.checkPresence(), let failure = journal.failure {
            isLockGone = true
            storage.failed(.journal, failure)
            await checkpoints.learning.forgetCheckpoints()
        }
        if journal.failure != nil {
            let now = Clocks.monotonicNanoseconds()
            guard now - lastAttempt >= Self.retryNanoseconds else { return }
            lastAttempt = now
            guard reopen() else { return }
        }
        if journal.hasGap {
            let count = journal.accepted
            guard await checkpoints.saveAll() == nil else { return }
            journal.healed(upTo: count)
        }
        // While no further segment can be begun the journal is in need of help, though the full one still takes samples.
        let hasRoom = !journal.isSegmentFull || reopen()
        if sync(), hasRoom { storage.succeeded(.journal) }
        do throws(SystemError) {
            try journal.removeCovered()
            if journal.size.bytes > configuration.maxBytes { try await shrink(checkpoints) }
        } catch {
            logger.log(.segmentNotRemoved, metadata: ["error": "\(error)"])
        }
    }

    /// Has checkpoints take the place of the oldest segments.
    private func shrink(_ checkpoints: CheckpointSchedule) async throws(SystemError) {
        guard await checkpoints.saveAll() == nil else { return }
        try journal.removeCovered()
        // What is left is kept for older generations of streams that are fed no more.
        while journal.size.bytes > configuration.maxBytes {
            let pinning = journal.pinning
            guard !pinning.isEmpty else { return }
            for stream in pinning { try await checkpoints.learning.writer.keepNewest(stream) }
            let before = journal.size.segments
            try journal.removeCovered()
            guard journal.size.segments < before else { return }
        }
    }

    @discardableResult
    private func reopen() -> Bool {
        do throws(SystemError) {
            if isLockGone {
                // The journal counts as failed until the directory is ours again.
                try lock?.renew()
                isLockGone = false
            }
            try journal.reopen()
            return true
        } catch {
            storage.failed(.journal, error)
            return false
        }
    }
}
