import Synchronization

/// Counts what became of events, for several mailboxes together.
final class EventMeter: Sendable {
    private let given = Atomic<UInt64>(0)
    private let lost = Atomic<UInt64>(0)

    /// So many were taken out to be written.
    func delivered(_ count: UInt64) { given.add(count, ordering: .relaxed) }

    /// So many were dropped before that.
    func dropped(_ count: UInt64) { lost.add(count, ordering: .relaxed) }

    /// Events since the start that subscribers got, and that they were too slow for.
    var counts: (delivered: UInt64, dropped: UInt64) {
        (given.load(ordering: .relaxed), lost.load(ordering: .relaxed))
    }
}
