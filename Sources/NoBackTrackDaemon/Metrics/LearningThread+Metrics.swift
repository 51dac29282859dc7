import NoBackTrackWire

extension LearningThread {
    /// What one thread has for the metrics.
    struct Metrics: Sendable {
        var updates: DurationHistogram
        /// Of its streams those that were fed last, the newest first.
        var streams: [StreamMetrics]
        /// Channels that are forecast times horizons, of all its streams.
        var forecastCount = 0
        /// Streams that have something no checkpoint has.
        var unsaved = 0
        /// When the oldest change was made that no checkpoint has, in monotonic nanoseconds; nil: all have.
        var unsavedSince: UInt64?
        /// When the newest checkpoint was written, in seconds since 1970.
        var checkpointTime: Double?
    }

    /// What this thread has for the metrics.
    ///
    /// - Parameter limit: most streams, and most channels with a horizon of all of them, that are told of by themselves.
    func metrics(limit: Int) -> Metrics {
        var metrics = Metrics(updates: updates, streams: [])
        for stream in streams.values {
            metrics.forecastCount += stream.forecastCount
            metrics.checkpointTime = [metrics.checkpointTime, stream.lastCheckpoint?.time].compactMap(\.self)
                .max()
            guard stream.isDirty else { continue }
            metrics.unsaved += 1
            metrics.unsavedSince = [metrics.unsavedSince, stream.unsavedSince].compactMap(\.self).min()
        }
        var room = limit
        metrics.streams = newestFed(limit).map { stream in
            let told = stream.metrics(maxForecasts: room)
            room -= told.forecasts.count
            return told
        }
        return metrics
    }

    /// The streams that were fed last, the newest first.
    private func newestFed(_ count: Int) -> [LearningStream] {
        // No two have the same time.
        let times = streams.values.map(\.lastFed).sorted(by: >)
        guard let oldest = times.prefix(count).last else { return [] }
        return streams.values.filter { $0.lastFed >= oldest }.sorted { $0.lastFed > $1.lastFed }
    }
}
