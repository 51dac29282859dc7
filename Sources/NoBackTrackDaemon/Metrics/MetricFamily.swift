/// Every family of metrics, in the order of the text. What they are called is promised to users.
enum MetricFamily: CaseIterable {
    case build, startTime, uptime
    case samplesReceived, samplesLearned, samplesRejected, samplesRepeated, lag, updateDuration
    case eventsDelivered, eventsDropped, connections, subscribers
    case streams, streamsInMemory, streamsMemory, streamsWithoutSeries, forecastsWithoutSeries
    case checkpointsWritten, checkpointsFailed, checkpointAge, unsavedStreams, unsavedAge
    case journalSize, journalSegments, journalPending, journalSyncAge, storageFailing, storageFailures
    case streamSteps, streamRejected, streamRepeated, streamMissing, streamConditions
    case streamLastSample, streamIdle, streamCheckpointAge, streamMemory
    case streamSkill, streamCoverage, streamBits, forecastSkill, forecastCoverage

    /// What it is.
    var declaration: MetricDeclaration {
        switch self {
        case .build: .init("build", .info, labels: ["version"], "The program.")
        case .startTime: .init("start_time_seconds", .gauge, "When the daemon started, since 1970 (UTC).")
        case .uptime: .init("uptime_seconds", .gauge, "Since the daemon started.")
        case .samplesReceived:
            .init("samples_received", .counter, "Samples that came, and lines that could be none.")
        case .samplesLearned: .init("samples_learned", .counter, "Samples learned from.")
        case .samplesRejected:
            .init(
                "samples_rejected", .counter, labels: ["reason"], "Samples and lines that could not be used.")
        case .samplesRepeated:
            .init(
                "samples_repeated", .counter,
                "Samples not learned again, as their sequence number had come before.")
        case .lag: .init("lag_samples", .gauge, "Samples received and not yet learned from.")
        case .updateDuration:
            .init(
                "update_duration_seconds", .histogram,
                "Of one sample: learning from it, forecasting, leaving its event.")
        case .eventsDelivered: .init("events_delivered", .counter, "Events handed to subscribers.")
        case .eventsDropped:
            .init("events_dropped", .counter, "Events that subscribers were too slow for.")
        case .connections: .init("connections", .gauge, labels: ["socket"], "Open connections.")
        case .subscribers: .init("subscribers", .gauge, "Connections that get events.")
        case .streams: .init("streams", .gauge, "Streams in memory and on disk together.")
        case .streamsInMemory: .init("streams_in_memory", .gauge, "Streams in memory.")
        case .streamsMemory:
            .init(
                "streams_memory_bytes", .gauge,
                "What they take there, about, as streams.maxMemoryBytes counts.")
        case .streamsWithoutSeries:
            .init(
                "streams_without_series", .gauge,
                "Streams in memory that metrics.maxStreams leaves without a series.")
        case .forecastsWithoutSeries:
            .init(
                "forecasts_without_series", .gauge,
                "Channels with a horizon, of streams in memory, that metrics.maxStreams leaves without a series."
            )
        case .checkpointsWritten: .init("checkpoints_written", .counter, "Checkpoints written.")
        case .checkpointsFailed:
            .init("checkpoints_failed", .counter, "Checkpoints that could not be written.")
        case .checkpointAge:
            .init("checkpoint_age_seconds", .gauge, "Since the newest checkpoint of any stream in memory.")
        case .unsavedStreams:
            .init("unsaved_streams", .gauge, "Streams with changes that no checkpoint has.")
        case .unsavedAge:
            .init(
                "unsaved_age_seconds", .gauge,
                "Since the oldest change that no checkpoint has; 0 when all are in one.")
        case .journalSize: .init("journal_bytes", .gauge, "Size of the journal on disk.")
        case .journalSegments: .init("journal_segments", .gauge, "Segments of the journal on disk.")
        case .journalPending:
            .init(
                "journal_pending_entries", .gauge,
                "Entries accepted that would not survive a power failure yet.")
        case .journalSyncAge:
            .init("journal_sync_age_seconds", .gauge, "Since all that was accepted by then was durable.")
        case .storageFailing:
            .init("storage_failing", .gauge, "1 while journal or checkpoints cannot be written, else 0.")
        case .storageFailures: .init("storage_failures", .counter, "How often that began.")
        case .streamSteps:
            .init(
                "stream_steps", .counter, labels: ["stream"],
                "Samples learned from, those passed as missing among them; since the stream began.")
        case .streamRejected:
            .init(
                "stream_samples_rejected", .counter, labels: ["stream"],
                "Samples that could not be used; since the stream came to memory.")
        case .streamRepeated:
            .init(
                "stream_samples_repeated", .counter, labels: ["stream"],
                "Samples that had come before; since the stream came to memory.")
        case .streamMissing:
            .init(
                "stream_values_missing", .counter, labels: ["stream"],
                "Values missing in samples that came; since the stream began.")
        case .streamConditions:
            .init(
                "stream_conditions", .counter, labels: ["stream", "condition"],
                "How often each condition was met; since the stream began.")
        case .streamLastSample:
            .init(
                "stream_last_sample_timestamp_seconds", .gauge, labels: ["stream"],
                "Time of the newest sample, as the sample says, since 1970 (UTC).")
        case .streamIdle:
            .init(
                "stream_idle_seconds", .gauge, labels: ["stream"],
                "Since the stream was last fed, or came to memory.")
        case .streamCheckpointAge:
            .init("stream_checkpoint_age_seconds", .gauge, labels: ["stream"], "Since the newest checkpoint.")
        case .streamMemory: .init("stream_memory_bytes", .gauge, labels: ["stream"], "What it takes, about.")
        case .streamSkill:
            .init(
                "stream_skill_ratio", .gauge, labels: ["stream"],
                "1 − mean absolute error by that of persistence; mean over channels and horizons.")
        case .streamCoverage:
            .init(
                "stream_interval_coverage_ratio", .gauge, labels: ["stream"],
                "Share of values within their interval of 90 %; mean over channels and horizons.")
        case .streamBits:
            .init(
                "stream_bits_per_symbol", .gauge, labels: ["stream"],
                "Information that a symbol held, over about the newest 1000.")
        case .forecastSkill:
            .init(
                "forecast_skill_ratio", .gauge, labels: ["stream", "channel", "horizon"],
                "As stream_skill_ratio, of one channel at one horizon.")
        case .forecastCoverage:
            .init(
                "forecast_interval_coverage_ratio", .gauge, labels: ["stream", "channel", "horizon"],
                "As stream_interval_coverage_ratio, of one channel at one horizon.")
        }
    }
}
