import Synchronization

/// Counts what became of writing checkpoints, for whoever asks while one is being written.
final class CheckpointMeter: Sendable {
    private let successes = Atomic<UInt64>(0)
    private let failures = Atomic<UInt64>(0)

    /// One was written.
    func written() { successes.add(1, ordering: .relaxed) }

    /// One could not be written.
    func failed() { failures.add(1, ordering: .relaxed) }

    /// Checkpoints since the start that were written, and that could not be.
    var counts: (written: UInt64, failed: UInt64) {
        (successes.load(ordering: .relaxed), failures.load(ordering: .relaxed))
    }
}
