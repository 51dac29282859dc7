import Logging
import NoBackTrackSystem
import Synchronization

/// What all loggers of the daemon write through: the limit of each kind of message, and the destination.
package final class LogOutput: Sendable {
    package let settings: LogSettings
    private let destination: LogDestination
    private let now: @Sendable () -> UInt64
    private let limiter = Mutex(LogRateLimiter())

    /// An output.
    ///
    /// - Parameter now: monotonic nanoseconds.
    package init(
        settings: LogSettings, destination: LogDestination,
        now: @escaping @Sendable () -> UInt64 = { Clocks.monotonicNanoseconds() }
    ) {
        self.settings = settings
        self.destination = destination
        self.now = now
    }

    /// Logs an entry, unless too many of its kind came before it.
    func log(_ entry: LogEntry) {
        let limit = settings.rateLimit
        let time = now()
        let (verdict, untold) = limiter.withLock { limiter in
            // The daemon's last word is never held back.
            let verdict =
                entry.level == .critical
                ? .passes(suppressed: 0) : limiter.judge(entry.kind, at: time, limit: limit)
            return (verdict, limiter.takeUntold(at: time, limit: limit))
        }
        tell(untold)
        guard case .passes(let suppressed) = verdict else { return }
        var entry = entry
        if suppressed > 0 { entry.details.append(("suppressed", "\(suppressed)")) }
        destination.take(entry)
    }

    /// Logs how many messages were suppressed an interval ago or earlier, where no message of their kind has told that.
    ///
    /// - Parameter isLast: whether nothing is logged after this, so that all are told.
    package func tellSuppressed(isLast: Bool = false) {
        let limit = settings.rateLimit
        let time = isLast ? nil : now()
        tell(limiter.withLock { $0.takeUntold(at: time, limit: limit) })
    }

    /// Tells of suppressed messages once an interval, until it is cancelled: when nothing else is logged, it is this
    /// that tells of them.
    package func tellSuppressedRegularly() async {
        while (try? await Task.sleep(for: .seconds(settings.rateLimit.intervalSeconds))) != nil {
            tellSuppressed()
        }
    }

    private func tell(_ untold: [LogRateLimiter.Untold]) {
        let kind = EventKind.messagesSuppressed
        for untold in untold {
            destination.take(
                LogEntry(
                    label: "nobacktrackd", kind: kind, level: kind.level, message: kind.explanation.subject,
                    details: [
                        ("suppressed", "\(untold.count)"),
                        ("suppressedKind", untold.kind?.rawValue ?? "none"),
                    ], file: #fileID, function: #function, line: #line))
        }
    }
}
