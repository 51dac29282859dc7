import NoBackTrack
import NoBackTrackWire

/// What the metrics tell of one stream in memory.
struct StreamMetrics: Sendable {
    /// One channel at one horizon.
    struct Forecast: Sendable {
        var channel: String
        /// Samples ahead.
        var horizon: Int
        var skill: Double?
        var coverage: Double?
    }

    var name: String
    /// In monotonic nanoseconds.
    var lastFed: UInt64
    var steps: UInt64
    var rejected: UInt64
    var repeated: UInt64
    /// Nil where samples are symbols.
    var missing: UInt64?
    /// By the conditions' names.
    var conditions: [(name: String, count: UInt64)] = []
    /// In seconds since 1970.
    var time: Double?
    /// When the newest checkpoint was written, in seconds since 1970.
    var checkpointTime: Double?
    var memoryBytes: Int
    var skill: Double?
    var coverage: Double?
    var bits: Double?
    /// The first ones of its channels and horizons.
    var forecasts: [Forecast] = []
}

extension LearningStream {
    /// Channels that are forecast, times horizons.
    var forecastCount: Int { targets.count * configuration.learner.horizons.count }

    /// What the metrics tell of it.
    ///
    /// - Parameter maxForecasts: most channels with a horizon that are told of by themselves.
    func metrics(maxForecasts: Int) -> StreamMetrics {
        var metrics = StreamMetrics(
            name: name, lastFed: lastFed, steps: learner.stepCount, rejected: rejected,
            repeated: log.repeated,
            time: time, checkpointTime: lastCheckpoint?.time, memoryBytes: memoryBytes)
        if let learner = learner.symbols {
            metrics.bits = learner.bitsPerSymbol
        } else if let learner = learner.numbers {
            let horizons = configuration.learner.horizons
            let skills = (0..<learner.headCount).map { finite(learner.skill(head: $0)) }
            let coverages = (0..<learner.headCount).map { finite(learner.coverage(head: $0)) }
            metrics.missing = missingValues(of: learner)
            metrics.conditions = conditionStatus(of: learner).counts.sorted { $0.key < $1.key }
                .map { ($0.key, $0.value) }
            metrics.skill = mean(skills)
            metrics.coverage = mean(coverages)
            metrics.forecasts = (0..<min(learner.headCount, maxForecasts)).map { head in
                StreamMetrics.Forecast(
                    channel: channels[targets[head / horizons.count]],
                    horizon: horizons[head % horizons.count],
                    skill: skills[head], coverage: coverages[head])
            }
        }
        return metrics
    }

    private func finite(_ figure: Double?) -> Double? { figure.flatMap { $0.isFinite ? $0 : nil } }

    /// The mean of those that there are; nil when there is none.
    private func mean(_ figures: [Double?]) -> Double? {
        let known = figures.compactMap(\.self)
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }
}
