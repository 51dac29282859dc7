import NoBackTrackWire
import Synchronization

/// Counts that sources and learning threads share, brought up to date once for many samples.
final class SampleMeter: Sendable {
    private let arrived = Atomic<UInt64>(0)
    private let pending = Atomic<Int>(0)
    private let taken = Atomic<UInt64>(0)
    private let known = Atomic<UInt64>(0)
    private let refusals = Mutex<[String: UInt64]>([:])

    /// So many samples were parsed.
    func received(_ count: Int) {
        arrived.add(UInt64(count), ordering: .relaxed)
        pending.add(count, ordering: .relaxed)
    }

    /// These lines came and are no samples.
    func received(unusable: [Rejection]) {
        arrived.add(UInt64(unusable.count), ordering: .relaxed)
        rejected(unusable)
    }

    /// So many of them were learned, so many had been before, and so many cannot be.
    func settled(learned: Int, repeated: Int = 0, other: Int = 0) {
        taken.add(UInt64(learned), ordering: .relaxed)
        known.add(UInt64(repeated), ordering: .relaxed)
        pending.subtract(learned + repeated + other, ordering: .relaxed)
    }

    /// These could not be used.
    func rejected(_ rejections: [Rejection]) {
        guard !rejections.isEmpty else { return }
        refusals.withLock { refusals in
            for rejection in rejections { refusals[rejection.code.rawValue, default: 0] += 1 }
        }
    }

    /// Samples received and not yet learned or refused.
    var lag: UInt64 { UInt64(max(0, pending.load(ordering: .relaxed))) }

    /// Samples since the start, and lines that are none.
    var arrivals: UInt64 { arrived.load(ordering: .relaxed) }

    /// Samples since the start that their sequence numbers told to have come before.
    var repeated: UInt64 { known.load(ordering: .relaxed) }

    /// Samples learned since the start.
    var samples: UInt64 { taken.load(ordering: .relaxed) }

    /// Lines that could not be used since the start, by the reason.
    var rejected: [String: UInt64] { refusals.withLock { $0 } }
}
