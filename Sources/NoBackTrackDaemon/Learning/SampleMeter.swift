import NoBackTrackWire
import Synchronization

/// Counts that sources and learning threads share, brought up to date once for many samples.
final class SampleMeter: Sendable {
    private let pending = Atomic<Int>(0)
    private let taken = Atomic<UInt64>(0)
    private let refusals = Mutex<[String: UInt64]>([:])

    /// So many samples were parsed.
    func received(_ count: Int) { pending.add(count, ordering: .relaxed) }

    /// So many of them were learned, and so many need not or cannot be.
    func settled(learned: Int, other: Int = 0) {
        taken.add(UInt64(learned), ordering: .relaxed)
        pending.subtract(learned + other, ordering: .relaxed)
    }

    /// These lines could not be used.
    func rejected(_ rejections: [Rejection]) {
        guard !rejections.isEmpty else { return }
        refusals.withLock { refusals in
            for rejection in rejections { refusals[rejection.code.rawValue, default: 0] += 1 }
        }
    }

    /// Samples received and not yet learned or refused.
    var lag: UInt64 { UInt64(max(0, pending.load(ordering: .relaxed))) }

    /// Samples learned since the start.
    var samples: UInt64 { taken.load(ordering: .relaxed) }

    /// Lines that could not be used since the start, by the reason.
    var rejected: [String: UInt64] { refusals.withLock { $0 } }
}
