import NoBackTrackWire

/// How the daemon is at one moment, as the metrics tell it.
struct MetricsSnapshot: Sendable {
    var version: String
    /// When the daemon started, in seconds since 1970.
    var startTime: Double
    /// The same, and the moment itself, in monotonic nanoseconds.
    var startedAt: UInt64
    var now: UInt64
    /// The moment in seconds since 1970.
    var wallTime: Double
    /// Samples, and lines that are none.
    var received: UInt64
    var learned: UInt64
    /// By ``RejectionCode``'s raw value.
    var rejected: [String: UInt64]
    var repeated: UInt64
    var lag: UInt64
    var updates: DurationHistogram
    var events: (delivered: UInt64, dropped: UInt64)
    var connections: StatusMessage.Connections
    var subscribers: Int
    /// Streams in memory and on disk.
    var streamCount: Int
    /// Streams in memory, and what they take.
    var residentCount: Int
    var memoryBytes: Int
    /// Channels that are forecast times horizons, of all streams in memory.
    var forecastCount: Int
    var checkpoints: (written: UInt64, failed: UInt64)
    /// When the newest one was written, in seconds since 1970.
    var checkpointTime: Double?
    /// Streams with something that no checkpoint has, and the oldest such thing in monotonic nanoseconds.
    var unsaved: Int
    var unsavedSince: UInt64?
    /// Nil when there is none.
    var journal: StorageStatus.Journal?
    /// In monotonic nanoseconds.
    var journalSyncedAt: UInt64?
    var storage: StorageStatus
    /// Those with series of their own, by name.
    var streams: [StreamMetrics]

    /// All families as text.
    func text(_ format: MetricsFormat) -> String {
        var writer = ExpositionWriter(format)
        for family in MetricFamily.allCases { writer.write(family.declaration, samples(of: family)) }
        return writer.finish()
    }
}
