/// How many messages of one kind are logged; those beyond are counted, and the count is logged.
package struct LogRateLimit: Sendable, Equatable {
    /// Messages of a kind at once; 0: no limit. At most 1 000 000.
    package var burst = 20
    /// Seconds in which so many more may come; 1 … 86 400.
    package var intervalSeconds = 30

    var intervalNanoseconds: UInt64 { UInt64(intervalSeconds) * 1_000_000_000 }

    /// The default.
    package init() {}
}
