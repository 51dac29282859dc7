import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackWire

extension LearningLoop {
    /// The metrics, without a look at the disk. The text is written where this is called.
    ///
    /// - Throws: ``QueryRefusal`` for a format that there is not.
    nonisolated func metrics(
        _ request: PredictRequest, connections: StatusMessage.Connections, events: EventMeter
    ) async throws(QueryRefusal) -> MetricsMessage {
        let name = request.format ?? MetricsFormat.openMetrics.rawValue
        guard let format = MetricsFormat(rawValue: name) else {
            let known = MetricsFormat.allCases.map(\.rawValue).joined(separator: " and ")
            throw QueryRefusal(.badRequest, "there is no format '\(name)' of metrics; there are \(known)")
        }
        let snapshot = await metrics(connections: connections, events: events)
        return MetricsMessage(id: request.id, format: format, text: snapshot.text(format))
    }

    private func metrics(
        connections: StatusMessage.Connections, events: EventMeter
    ) async -> MetricsSnapshot {
        let limit = settings.configuration.metrics.maxStreams
        var threads: [LearningThread.Metrics] = []
        for thread in self.threads { threads.append(await thread.metrics(limit: limit)) }
        // All at one moment from here on.
        var updates = DurationHistogram()
        for thread in threads { updates.merge(thread.updates) }
        let told = threads.flatMap(\.streams).sorted { $0.lastFed > $1.lastFed }.prefix(limit)
        var room = limit
        let streams = told.map { stream in
            var stream = stream
            stream.forecasts = Array(stream.forecasts.prefix(room))
            room -= stream.forecasts.count
            return stream
        }
        return MetricsSnapshot(
            version: DaemonVersion.text, startTime: startTime, startedAt: startedAt,
            now: Clocks.monotonicNanoseconds(), wallTime: Clocks.wallSeconds(),
            received: meter.arrivals, learned: meter.samples, rejected: meter.rejected,
            repeated: meter.repeated, lag: meter.lag, updates: updates,
            events: events.counts, connections: connections, subscribers: subscribers.count,
            streamCount: streamCount, residentCount: residents.count,
            memoryBytes: memoryBytes.reduce(0, +),
            forecastCount: threads.reduce(0) { $0 + $1.forecastCount },
            checkpoints: writer.meter.counts,
            checkpointTime: threads.compactMap(\.checkpointTime).max(),
            unsaved: threads.reduce(0) { $0 + $1.unsaved },
            unsavedSince: threads.compactMap(\.unsavedSince).min(),
            journal: journalStatus, journalSyncedAt: keeper.journal.syncedAt,
            storage: storage.status(journal: nil),
            streams: streams.sorted { $0.name < $1.name })
    }
}
