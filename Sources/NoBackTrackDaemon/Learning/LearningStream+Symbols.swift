import NoBackTrack
import NoBackTrackWire

extension LearningStream {
    /// The event of the newest symbol.
    func event(of learner: SymbolLearner) -> ForecastMessage {
        ForecastMessage(
            event: "forecast", stream: name, step: learner.stepCount, time: time,
            warming: warming(of: learner),
            score: learner.score, bits: learner.newestBits, probabilities: probabilities(of: learner))
    }

    /// The answer to `forecast`.
    ///
    /// - Throws: ``QueryRefusal`` for what only numbers have.
    func answer(
        to request: PredictRequest, of learner: SymbolLearner
    ) throws(QueryRefusal) -> ForecastMessage {
        if let horizon = request.horizons?.first(where: { $0 != 1 }) {
            throw QueryRefusal(
                .unknownHorizon,
                "stream '\(name)' does not forecast \(horizon) samples ahead; of symbols only the next is")
        }
        if let channel = request.channels?.first {
            throw QueryRefusal(
                .unknownChannel,
                "stream '\(name)' does not forecast '\(channel)'; its samples are symbols and have no channels"
            )
        }
        if let level = request.level {
            throw QueryRefusal(
                .badLevel, "level \(level): stream '\(name)' is of symbols, and has no intervals")
        }
        return ForecastMessage(
            ok: true, op: "forecast", id: request.id, stream: name, step: learner.stepCount, time: time,
            warming: warming(of: learner), probabilities: probabilities(of: learner))
    }

    /// How the stream is.
    func status(of learner: SymbolLearner, now: UInt64, inMemory: Bool) -> StreamStatus {
        StreamStatus(
            stream: name, kind: .symbols, step: learner.stepCount, horizons: [1], time: time,
            rejected: rejected, repeated: log.repeated, warming: warming(of: learner),
            lastCheckpoint: lastCheckpoint,
            inMemory: inMemory, samplesPerSecond: rate.rate(now: now),
            alphabetSize: learner.alphabet.count, bitsPerSymbol: learner.bitsPerSymbol)
    }

    private func warming(of learner: SymbolLearner) -> Warming? {
        learner.stepCount == 0 ? Warming(seen: 0, needed: 1) : nil
    }

    private func probabilities(of learner: SymbolLearner) -> SymbolProbabilities {
        SymbolProbabilities(
            learner.alphabet.enumerated().map { place, symbol in
                .init(symbol: symbol, probability: learner.probability(place: place))
            })
    }
}

extension StreamConfiguration {
    /// Whether a symbol may be taken: whether there is still a place for it, the learner knows.
    func takes(_ symbol: UInt8) -> Bool { alphabet.isEmpty || alphabet.contains(symbol) }

    /// Why a symbol is not taken.
    ///
    /// - Parameter place: The number of the byte on its connection.
    func refusal(of symbol: UInt8, place: UInt64) -> RouteRefusal {
        let byte = "byte \(place), '\(SymbolText.escape(symbol))',"
        return RouteRefusal(
            .badSymbol,
            alphabet.isEmpty
                ? "\(byte) is new to the stream, whose \(learner.maxSymbols) places (learner.maxSymbols) are taken"
                : "\(byte) is not in the alphabet '\(SymbolText.escape(alphabet))' (learner.alphabet)")
    }
}
