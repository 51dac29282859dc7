/// Events a second, over about the last five seconds.
struct RateMeter: Sendable {
    private static let window: UInt64 = 5_000_000_000

    private var start: UInt64
    private var count: UInt64 = 0
    private var previousRate: Double?

    /// A meter that starts at `now`, in nanoseconds of a monotonic clock as all times here.
    init(now: UInt64) { start = now }

    /// Counts events.
    mutating func record(_ events: UInt64 = 1, now: UInt64) {
        let elapsed = now &- start
        if elapsed >= Self.window {
            previousRate = Double(count) / (Double(elapsed) * 1e-9)
            count = 0
            start = now
        }
        count += events
    }

    /// Events a second.
    func rate(now: UInt64) -> Double {
        let elapsed = Double(now &- start) * 1e-9
        let window = Double(Self.window) * 1e-9
        // The part of the window that this count does not cover is filled with the rate before.
        if let previousRate, elapsed < window {
            return (previousRate * (window - elapsed) + Double(count)) / window
        }
        // A meter that has just begun would make one event look like thousands a second.
        return Double(count) / max(elapsed, 1)
    }
}
