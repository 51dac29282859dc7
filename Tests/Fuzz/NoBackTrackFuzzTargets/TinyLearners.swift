import NoBackTrack

/// Learners of every kind, so small that a thousand are restored in a second, with some samples behind them.
enum TinyLearners {
    /// Learners of two numbers: of every estimator, cell and optimizer one at least, with experts and without.
    static let streams: [StreamLearner] = {
        let cells = LearnerConfiguration.CellKind.allCases
        let optimizers = LearnerConfiguration.OptimizerKind.allCases
        return LearnerConfiguration.EstimatorKind.allCases.enumerated().map { place, estimator in
            var configuration = configuration(estimator)
            configuration.cell = cells[place % cells.count]
            configuration.optimizer = optimizers[place % optimizers.count]
            configuration.experts = place % 2 == 0 ? .all : .none
            var learner = StreamLearner(
                configuration: configuration, channelCount: 2, targets: [0, 1], streamKey: 1)
            for t in 0..<40 {
                learner.step([Double(t % 4), t % 7 == 3 ? .nan : Double(t % 5) * 0.5].span)
            }
            return learner
        }
    }()

    /// Learners of symbols: one whose alphabet has room, one whose alphabet is given, and one that has seen nothing.
    static let symbols: [SymbolLearner] = {
        let open = SymbolLearner(configuration: configuration(.nobacktrack), streamKey: 2)
        var (started, closed) = (
            open,
            SymbolLearner(
                configuration: configuration(.rtrl), alphabet: Array("ab".utf8), streamKey: 3)
        )
        for symbol in "abaabbab".utf8 {
            started.step(symbol)
            closed.step(symbol)
        }
        return [started, closed, open]
    }()

    /// A clock that has found its interval, with samples missing and late.
    static let clock: SampleClock = {
        var clock = SampleClock(channelCount: 2)
        for t in (0..<120) where t % 50 != 40 {
            while clock.judge(Double(t), [Double(t), 0].span) == .missing {}
        }
        _ = clock.judge(7, [1, 2].span)
        return clock
    }()

    /// How many there are of all kinds.
    static let count = streams.count + symbols.count + 1

    /// The state of one of them, counted in the order of streams, symbols and the clock.
    ///
    /// It is made anew for each input: the tag in a tensor's pointer hides from the search for leaks what a global keeps.
    static func state(of place: Int) -> [StateTensor] {
        if place < streams.count { return streams[place].state() }
        let place = place - streams.count
        return place < symbols.count ? symbols[place].state() : clock.state()
    }

    private static func configuration(_ estimator: LearnerConfiguration.EstimatorKind)
        -> LearnerConfiguration
    {
        var configuration = LearnerConfiguration()
        configuration.estimator = estimator
        configuration.hiddenUnits = 2
        configuration.groups = 2
        configuration.truncation = 3
        configuration.connections = 1
        configuration.horizons = [1, 3]
        configuration.lags = 1
        configuration.longestSeason = 16
        configuration.maxSymbols = 4
        return configuration
    }
}
