import NoBackTrack
import NoBackTrackWire

extension LearningStream {
    /// The event of the newest sample.
    func event(level: Double) -> ForecastMessage {
        if let learner = learner.symbols { return event(of: learner) }
        guard let learner = learner.numbers else { preconditionFailure("a stream has a learner") }
        return .event(
            stream: name, step: learner.stepCount, time: time, warming: Self.warming(of: learner),
            score: learner.score, forecasts: forecasts(of: learner, level: level))
    }

    /// The answer to `forecast`.
    ///
    /// - Throws: ``QueryRefusal`` for a level, channel or horizon that there is not.
    func answer(to request: PredictRequest, standardLevel: Double) throws(QueryRefusal) -> ForecastMessage {
        if let learner = learner.symbols { return try answer(to: request, of: learner) }
        guard let learner = learner.numbers else { preconditionFailure("a stream has a learner") }
        return try answer(to: request, of: learner, standardLevel: standardLevel)
    }

    /// How the stream is.
    func status(now: UInt64, inMemory: Bool = true) -> StreamStatus {
        if let learner = learner.symbols { return status(of: learner, now: now, inMemory: inMemory) }
        guard let learner = learner.numbers else { preconditionFailure("a stream has a learner") }
        return status(of: learner, now: now, inMemory: inMemory)
    }

    /// How far intervals are from meaning something.
    private static func warming(of learner: StreamLearner) -> Warming? {
        learner.warming.map { Warming(seen: $0.seen, needed: $0.needed) }
    }

    /// The forecasts of some heads, without those of channels that have never been observed.
    ///
    /// - Parameters:
    ///   - targets: places in ``targets``; nil: all.
    ///   - horizons: places in the configuration's horizons; nil: all.
    private func forecasts(
        of learner: StreamLearner, level: Double, targets chosen: [Int]? = nil, horizons: [Int]? = nil
    ) -> [HeadForecast] {
        let all = configuration.learner.horizons
        var forecasts: [HeadForecast] = []
        let targetPlaces = chosen ?? Array(targets.indices)
        let horizonPlaces = horizons ?? Array(all.indices)
        forecasts.reserveCapacity(targetPlaces.count * horizonPlaces.count)
        for target in targetPlaces {
            for horizon in horizonPlaces {
                let head = target * all.count + horizon
                guard let mean = learner.mean(head: head) else { continue }
                let interval = learner.interval(head: head, level: level)
                forecasts.append(
                    HeadForecast(
                        channel: channels[targets[target]], horizon: all[horizon],
                        mean: mean,
                        lower: interval?.lower, upper: interval?.upper, level: level))
            }
        }
        return forecasts
    }

    private func answer(
        to request: PredictRequest, of learner: StreamLearner, standardLevel: Double
    ) throws(QueryRefusal) -> ForecastMessage {
        let level = request.level ?? standardLevel
        guard level > 0, level < 1 else {
            throw QueryRefusal(.badLevel, "level \(level) is not between 0 and 1")
        }
        var chosenTargets: [Int]?
        if let names = request.channels {
            var places: [Int] = []
            for channel in names {
                guard let place = targets.firstIndex(where: { channels[$0] == channel }) else {
                    let known = targets.map { channels[$0] }.joined(separator: ", ")
                    throw QueryRefusal(
                        .unknownChannel,
                        "stream '\(name)' does not forecast '\(channel)'; it forecasts \(known)")
                }
                places.append(place)
            }
            chosenTargets = places
        }
        var chosenHorizons: [Int]?
        if let horizons = request.horizons {
            let known = configuration.learner.horizons
            var places: [Int] = []
            for horizon in horizons {
                guard let place = known.firstIndex(of: horizon) else {
                    throw QueryRefusal(
                        .unknownHorizon,
                        "stream '\(name)' does not forecast \(horizon) samples ahead; its horizons are \(known)"
                    )
                }
                places.append(place)
            }
            chosenHorizons = places
        }
        return .answer(
            id: request.id, stream: name, step: learner.stepCount, time: time,
            warming: Self.warming(of: learner),
            forecasts: forecasts(of: learner, level: level, targets: chosenTargets, horizons: chosenHorizons))
    }

    private func status(of learner: StreamLearner, now: UInt64, inMemory: Bool) -> StreamStatus {
        StreamStatus(
            stream: name, step: learner.stepCount, channels: channels, targets: targets.map { channels[$0] },
            horizons: configuration.learner.horizons, time: time, rejected: rejected, repeated: log.repeated,
            missing: missingValues(of: learner), clock: clockStatus,
            conditions: conditionStatus(of: learner), warming: Self.warming(of: learner),
            skill: figures(learner.headCount) { learner.skill(head: $0) },
            coverage: figures(learner.headCount) { learner.coverage(head: $0) },
            experts: experts(of: learner), seasons: seasons(of: learner),
            lastCheckpoint: lastCheckpoint,
            inMemory: inMemory, samplesPerSecond: rate.rate(now: now))
    }

    private func experts(of learner: StreamLearner) -> [ExpertFigure]? {
        let names = learner.expertNames
        guard !names.isEmpty else { return nil }
        let horizons = configuration.learner.horizons
        return (0..<learner.headCount).flatMap { head in
            names.indices.map { expert in
                ExpertFigure(
                    channel: channels[targets[head / horizons.count]],
                    horizon: horizons[head % horizons.count], expert: names[expert],
                    weight: learner.weight(head: head, expert: expert) ?? 0,
                    skill: learner.skill(head: head, expert: expert))
            }
        }
    }

    private func seasons(of learner: StreamLearner) -> [SeasonFigure]? {
        guard !learner.expertNames.isEmpty else { return nil }
        return targets.indices.compactMap { target in
            learner.seasons(target: target).map {
                SeasonFigure(channel: channels[targets[target]], season: $0.season, longSeason: $0.long)
            }
        }
    }

    private func figures(_ headCount: Int, _ figure: (Int) -> Double?) -> [HeadFigure] {
        let horizons = configuration.learner.horizons
        return (0..<headCount).map { head in
            HeadFigure(
                channel: channels[targets[head / horizons.count]], horizon: horizons[head % horizons.count],
                value: figure(head))
        }
    }
}
