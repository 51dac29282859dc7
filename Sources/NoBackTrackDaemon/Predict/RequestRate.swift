/// How many requests a connection may still make: a bucket of tokens, one for each, that fills with time and holds
/// those of one second.
///
/// Times are in monotonic nanoseconds.
struct RequestRate {
    private static let second: UInt64 = 1_000_000_000

    /// Time between two requests at the full rate.
    private let interval: UInt64
    /// When the bucket will be full again: each request moves it on by an interval.
    private var full: UInt64

    /// A full bucket.
    ///
    /// - Parameter perSecond: 1 … 1 000 000 000.
    init(perSecond: Int, at now: UInt64) {
        interval = Self.second / UInt64(perSecond)
        full = now
    }

    /// Takes a token for a request; only one that waits as long as it is told keeps to the rate.
    ///
    /// - Returns: how long the request is to wait for its token, in nanoseconds.
    mutating func take(at now: UInt64) -> UInt64 {
        full = max(full, now) + interval
        // It had a token if it will be full within the time that fills it.
        let latest = now + max(Self.second, interval)
        return full > latest ? full - latest : 0
    }
}
