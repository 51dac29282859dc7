import Synchronization

/// Counts that sources and the learning loop share.
final class SampleMeter: Sendable {
    private let pending = Atomic<Int>(0)

    /// So many samples were parsed.
    func received(_ count: Int) { pending.add(count, ordering: .relaxed) }

    /// So many of them were learned or refused.
    func settled(_ count: Int) { pending.subtract(count, ordering: .relaxed) }

    /// Samples received and not yet learned or refused.
    var lag: UInt64 { UInt64(max(0, pending.load(ordering: .relaxed))) }
}
