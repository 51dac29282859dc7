/// Lets some messages of each kind through and counts the others: a bucket of tokens for each kind, one for a message,
/// that fills evenly within an interval.
///
/// Times are in monotonic nanoseconds.
struct LogRateLimiter {
    /// What becomes of a message.
    enum Verdict: Equatable {
        /// It is logged, and tells how many of its kind before it were not.
        case passes(suppressed: Int)
        case isSuppressed
    }

    /// Messages of one kind that were not logged, and nobody was told.
    struct Untold: Equatable {
        /// Nil: the messages without a kind.
        var kind: EventKind?
        var count: Int
    }

    private struct Bucket {
        var tokens: Double
        var filledAt: UInt64
        var suppressed = 0
        /// When the first of them came.
        var suppressedAt: UInt64 = 0
    }

    private var buckets: [EventKind?: Bucket] = [:]

    /// Judges a message that comes now.
    mutating func judge(_ kind: EventKind?, at now: UInt64, limit: LogRateLimit) -> Verdict {
        let burst = Double(limit.burst)
        var bucket = buckets[kind] ?? Bucket(tokens: burst, filledAt: now)
        defer { buckets[kind] = bucket }
        let elapsed = now > bucket.filledAt ? Double(now - bucket.filledAt) : 0
        bucket.tokens = min(burst, bucket.tokens + burst * elapsed / Double(limit.intervalNanoseconds))
        bucket.filledAt = max(now, bucket.filledAt)
        guard limit.burst == 0 || bucket.tokens >= 1 else {
            if bucket.suppressed == 0 { bucket.suppressedAt = now }
            bucket.suppressed += 1
            return .isSuppressed
        }
        bucket.tokens = max(0, bucket.tokens - 1)
        defer { bucket.suppressed = 0 }
        return .passes(suppressed: bucket.suppressed)
    }

    /// What was suppressed an interval ago or earlier and no message has told since; from now on it counts as told.
    ///
    /// - Parameter now: nil: whenever it was suppressed.
    mutating func takeUntold(at now: UInt64?, limit: LogRateLimit) -> [Untold] {
        var untold: [Untold] = []
        for (kind, bucket) in buckets where bucket.suppressed > 0 {
            if let now, now < bucket.suppressedAt + limit.intervalNanoseconds { continue }
            untold.append(Untold(kind: kind, count: bucket.suppressed))
            buckets[kind]?.suppressed = 0
        }
        return untold.sorted { ($0.kind?.rawValue ?? "") < ($1.kind?.rawValue ?? "") }
    }
}
