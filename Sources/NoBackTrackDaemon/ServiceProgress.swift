import NoBackTrackSystem
import Synchronization

/// Tells the service manager how far work has come that may take longer than a start or a stop is given, and asks for
/// more time as long as it goes on.
///
/// Work that hangs tells nothing, and is ended when the time that was last asked for is over.
final class ServiceProgress: Sendable {
    /// What takes long.
    enum Work: String, Sendable, CaseIterable {
        case restoring = "restoring streams"
        case replaying = "going through the journal"
        case draining = "learning what has arrived"
        case saving = "writing the last checkpoints"

        /// One comes after the other.
        var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    /// How long the next news may take, in microseconds: as long as the largest learner takes to be written.
    private static let patience = 120_000_000
    /// How often at most the same work tells something, in nanoseconds.
    private static let interval: UInt64 = 1_000_000_000

    private let last = Mutex<(work: Work, time: UInt64)?>(nil)

    /// The work has come so far.
    func tell(_ work: Work, _ count: @autoclosure () -> String) {
        let now = Clocks.monotonicNanoseconds()
        let isDue = last.withLock { last in
            if let last, last.work == work, now - last.time < Self.interval { return false }
            last = (work, now)
            return true
        }
        guard isDue else { return }
        ServiceManager.notify("EXTEND_TIMEOUT_USEC=\(Self.patience)\nSTATUS=\(work.rawValue): \(count())")
    }

    /// Tells of a count as often as it grows, until it is cancelled or later work is told of.
    func follow(_ work: Work, _ count: @Sendable () -> UInt64) async {
        var known: UInt64?
        repeat {
            if let last = last.withLock({ $0?.work }), last.order > work.order { return }
            let now = count()
            if now != known { tell(work, "\(now) samples") }
            known = now
        } while (try? await Task.sleep(for: .seconds(1))) != nil
    }
}
