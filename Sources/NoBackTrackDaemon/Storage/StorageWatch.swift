import Logging
import NoBackTrackSystem
import NoBackTrackWire
import Synchronization

/// Whether what is learned reaches the disk, and what happens while it does not.
final class StorageWatch: Sendable {
    /// What there is to store.
    enum Part: String, Sendable, CaseIterable {
        case journal, checkpoints
    }

    private struct State {
        var policy: DaemonConfiguration.StorageFailurePolicy
        var failures: [Part: SystemError] = [:]
        var since: Double?
        var count: UInt64 = 0
        var hasGivenUp = false
        var waiters: [CheckedContinuation<Bool, Never>] = []
    }

    private let logger: Logger
    private let stop: @Sendable (DaemonFailure) -> Void
    private let state: Mutex<State>
    private let failing = Atomic(false)
    /// Whether samples are learned all the same.
    private let learnsAnyway: Atomic<Bool>

    /// A watch that has seen no failure.
    ///
    /// - Parameter stop: has the daemon stop; called when the policy is to exit.
    init(
        policy: DaemonConfiguration.StorageFailurePolicy, logger: Logger,
        stop: @escaping @Sendable (DaemonFailure) -> Void
    ) {
        state = Mutex(State(policy: policy))
        learnsAnyway = Atomic(policy == .continue)
        self.logger = logger
        self.stop = stop
    }

    /// Whether samples may be learned.
    var mayLearn: Bool { learnsWhileFailing || !failing.load(ordering: .relaxed) }

    /// Whether samples are learned even while storage fails.
    var learnsWhileFailing: Bool { learnsAnyway.load(ordering: .relaxed) }

    /// What happens from now on while something cannot be stored.
    func setPolicy(_ policy: DaemonConfiguration.StorageFailurePolicy) {
        learnsAnyway.store(policy == .continue, ordering: .relaxed)
        let (waiters, failures) = state.withLock { state in
            state.policy = policy
            guard policy == .continue else {
                return ([], state.failures) as ([CheckedContinuation<Bool, Never>], _)
            }
            // Whoever waits to learn need not any more; who waits for the disk looks again.
            defer { state.waiters = [] }
            return (state.waiters, state.failures)
        }
        for waiter in waiters { waiter.resume(returning: true) }
        if policy == .exit, let (part, error) = failures.first { stop(Self.failure(part, error)) }
    }

    /// Whether this part cannot be stored.
    func isFailing(_ part: Part) -> Bool { state.withLock { $0.failures[part] != nil } }

    /// A part could not be stored.
    func failed(_ part: Part, _ error: SystemError) {
        let policy: DaemonConfiguration.StorageFailurePolicy? = state.withLock { state in
            defer { state.failures[part] = error }
            guard state.failures[part] == nil else { return nil }
            state.count += 1
            state.since = state.since ?? Clocks.wallSeconds()
            failing.store(true, ordering: .relaxed)
            return state.policy
        }
        guard let policy else { return }
        let consequence =
            switch policy {
            case .continue: "learning goes on"
            case .stopLearning: "learning stands still"
            case .exit: "the daemon stops"
            }
        logger.log(
            .stateNotStored,
            metadata: ["part": "\(part.rawValue)", "error": "\(error)", "consequence": "\(consequence)"])
        if policy == .exit { stop(Self.failure(part, error)) }
    }

    private static func failure(_ part: Part, _ error: SystemError) -> DaemonFailure {
        DaemonFailure(.inputOutput, "the \(part.rawValue) cannot be written: \(error)")
    }

    /// A part was stored.
    func succeeded(_ part: Part) {
        guard failing.load(ordering: .relaxed) else { return }
        let waiters: [CheckedContinuation<Bool, Never>]? = state.withLock { state in
            guard state.failures.removeValue(forKey: part) != nil, state.failures.isEmpty else { return nil }
            state.since = nil
            failing.store(false, ordering: .relaxed)
            defer { state.waiters = [] }
            return state.waiters
        }
        guard let waiters else { return }
        logger.log(.stateStoredAgain)
        for waiter in waiters { waiter.resume(returning: true) }
    }

    /// Waits until everything can be stored again.
    ///
    /// - Returns: false when that is not waited for any more.
    func recovered() async -> Bool {
        await withCheckedContinuation { continuation in
            let answer: Bool? = state.withLock { state in
                if state.hasGivenUp { return false }
                if state.failures.isEmpty { return true }
                state.waiters.append(continuation)
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Nobody waits any more: the daemon stops.
    func giveUp() {
        let waiters = state.withLock { state in
            state.hasGivenUp = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: false) }
    }

    /// How storage is, for the status.
    ///
    /// - Parameter journal: nil when there is none.
    func status(journal: StorageStatus.Journal?) -> StorageStatus {
        state.withLock { state in
            let failures = state.failures
            let failed = Part.allCases.first { failures[$0] != nil }
            let error = failed.flatMap { part in failures[part].map { "\(part.rawValue): \($0)" } }
            return StorageStatus(
                state: error == nil ? .ok : .failing, error: error, since: state.since, failures: state.count,
                onFailure: state.policy.rawValue, journal: journal)
        }
    }
}
