import NoBackTrackWire

extension MetricsSnapshot {
    /// The series of a family; none of what is not known.
    func samples(of family: MetricFamily) -> [MetricSample] {
        switch family {
        case .build: [MetricSample(.whole(1), [version])]
        case .startTime: one(startTime)
        case .uptime: one(seconds(since: startedAt))
        case .samplesReceived: one(received)
        case .samplesLearned: one(learned)
        case .samplesRejected:
            // Those that were never met too: a rate needs to see a counter at zero.
            RejectionCode.allCases.map { MetricSample(.whole(rejected[$0.rawValue] ?? 0), [$0.rawValue]) }
        case .samplesRepeated: one(repeated)
        case .lag: one(lag)
        case .updateDuration: [MetricSample(.histogram(updates))]
        case .eventsDelivered: one(events.delivered)
        case .eventsDropped: one(events.dropped)
        case .connections:
            [("ingest", connections.ingest), ("predict", connections.predict)].map {
                MetricSample(.whole(UInt64($0.1)), [$0.0])
            }
        case .subscribers: one(UInt64(subscribers))
        case .streams: one(UInt64(streamCount))
        case .streamsInMemory: one(UInt64(residentCount))
        case .streamsMemory: one(UInt64(memoryBytes))
        case .streamsWithoutSeries: one(UInt64(max(0, residentCount - streams.count)))
        case .forecastsWithoutSeries:
            one(UInt64(max(0, forecastCount - streams.reduce(0) { $0 + $1.forecasts.count })))
        case .checkpointsWritten: one(checkpoints.written)
        case .checkpointsFailed: one(checkpoints.failed)
        case .checkpointAge: one(checkpointTime.map(age))
        case .unsavedStreams: one(UInt64(unsaved))
        case .unsavedAge: one(unsavedSince.map(seconds) ?? 0)
        case .journalSize: one(journal.map { UInt64($0.bytes) })
        case .journalSegments: one(journal.map { UInt64($0.segments) })
        case .journalPending: one(journal?.pending)
        case .journalSyncAge: one(journal == nil ? nil : journalSyncedAt.map(seconds))
        case .storageFailing: one(storage.state == .failing ? 1 : 0 as UInt64)
        case .storageFailures: one(storage.failures)
        case .streamSteps: each { $0.steps }
        case .streamRejected: each { $0.rejected }
        case .streamRepeated: each { $0.repeated }
        case .streamMissing: each { $0.missing }
        case .streamConditions:
            streams.flatMap { stream in
                stream.conditions.map { MetricSample(.whole($0.count), [stream.name, $0.name]) }
            }
        case .streamLastSample: each { $0.time }
        case .streamIdle: each { seconds(since: $0.lastFed) }
        case .streamCheckpointAge: each { $0.checkpointTime.map(age) }
        case .streamMemory: each { UInt64($0.memoryBytes) }
        case .streamSkill: each { $0.skill }
        case .streamCoverage: each { $0.coverage }
        case .streamBits: each { $0.bits }
        case .forecastSkill: eachForecast { $0.skill }
        case .forecastCoverage: eachForecast { $0.coverage }
        }
    }

    private func one(_ value: UInt64?) -> [MetricSample] { value.map { [MetricSample(.whole($0))] } ?? [] }

    private func one(_ value: Double?) -> [MetricSample] { value.map { [MetricSample(.number($0))] } ?? [] }

    private func each(_ value: (StreamMetrics) -> UInt64?) -> [MetricSample] {
        streams.compactMap { stream in value(stream).map { MetricSample(.whole($0), [stream.name]) } }
    }

    private func each(_ value: (StreamMetrics) -> Double?) -> [MetricSample] {
        streams.compactMap { stream in value(stream).map { MetricSample(.number($0), [stream.name]) } }
    }

    private func eachForecast(_ value: (StreamMetrics.Forecast) -> Double?) -> [MetricSample] {
        streams.flatMap { stream in
            stream.forecasts.compactMap { forecast in
                value(forecast).map {
                    MetricSample(.number($0), [stream.name, forecast.channel, "\(forecast.horizon)"])
                }
            }
        }
    }

    /// Since a monotonic time, which may be a little ahead: a stream's samples of a slice are numbered.
    private func seconds(since time: UInt64) -> Double { now > time ? Double(now - time) / 1e9 : 0 }

    /// Since a time of the wall clock, which may have been set back.
    private func age(_ time: Double) -> Double { max(0, wallTime - time) }
}
