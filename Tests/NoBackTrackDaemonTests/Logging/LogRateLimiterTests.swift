import Testing

@testable import NoBackTrackDaemon

@Suite struct LogRateLimiterTests {
    private static let second: UInt64 = 1_000_000_000
    private var limiter = LogRateLimiter()
    private var limit = LogRateLimit()

    init() {
        limit.burst = 3
        limit.intervalSeconds = 30
    }

    /// Judges so many messages of a kind at a second.
    private mutating func judge(
        _ count: Int, at second: UInt64, _ kind: EventKind? = .ready
    ) -> [LogRateLimiter.Verdict] {
        (0..<count).map { _ in limiter.judge(kind, at: second * Self.second, limit: limit) }
    }

    private static func passes(_ count: Int) -> [LogRateLimiter.Verdict] {
        Array(repeating: .passes(suppressed: 0), count: count)
    }

    @Test mutating func burstPassesAndTheRestIsCounted() {
        #expect(judge(5, at: 100) == Self.passes(3) + [.isSuppressed, .isSuppressed])
        // A third of the interval brings one of the three back.
        #expect(judge(2, at: 109) == [.isSuppressed, .isSuppressed])
        #expect(judge(2, at: 110) == [.passes(suppressed: 4), .isSuppressed])
        #expect(judge(4, at: 1000) == [.passes(suppressed: 1)] + Self.passes(2) + [.isSuppressed])
    }

    @Test mutating func kindsDoNotTakeEachOthersPlace() {
        #expect(judge(4, at: 1) == Self.passes(3) + [.isSuppressed])
        #expect(judge(3, at: 1, .stopped) == Self.passes(3))
        #expect(judge(3, at: 1, nil) == Self.passes(3))
    }

    @Test mutating func countIsTakenOnceAnIntervalAfterTheFirst() {
        _ = judge(5, at: 100)
        _ = judge(4, at: 101, .stopped)
        #expect(limiter.takeUntold(at: 129 * Self.second, limit: limit) == [])
        #expect(
            limiter.takeUntold(at: 130 * Self.second, limit: limit)
                == [LogRateLimiter.Untold(kind: .ready, count: 2)])
        #expect(limiter.takeUntold(at: 130 * Self.second, limit: limit) == [])
        #expect(
            limiter.takeUntold(at: nil, limit: limit) == [LogRateLimiter.Untold(kind: .stopped, count: 1)])
        #expect(judge(1, at: 200) == Self.passes(1))
    }

    @Test mutating func noLimitIsNone() {
        _ = judge(4, at: 1)
        limit.burst = 0
        #expect(judge(1000, at: 1) == [.passes(suppressed: 1)] + Self.passes(999))
    }

    @Test mutating func clockThatStandsOrIsReadLateHarmsNothing() {
        #expect(judge(3, at: 100) == Self.passes(3))
        #expect(judge(1, at: 50) == [.isSuppressed])
        #expect(judge(1, at: 110) == [.passes(suppressed: 1)])
    }
}
