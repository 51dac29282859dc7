import NoBackTrack
import NoBackTrackTestSupport
import RealModule
import Testing

/// What the experts of a stream keep to, seen through its learner.
@Suite struct ExpertLawTests {
    static func learner(
        experts: LearnerConfiguration.ExpertsKind = .all, horizons: [Int] = [1, 10], longestSeason: Int = 300,
        hiddenUnits: Int = 4, channels: Int = 1
    ) -> StreamLearner {
        var configuration = LearnerConfiguration()
        configuration.experts = experts
        configuration.horizons = horizons
        configuration.longestSeason = longestSeason
        configuration.hiddenUnits = hiddenUnits
        configuration.lags = 2
        return StreamLearner(
            configuration: configuration, channelCount: channels, targets: Array(0..<channels), streamKey: 7)
    }

    /// Two seasons, a level that wanders, noise, and values that are missing.
    static func seasonal(_ count: Int, seed: UInt64) -> [Double] {
        var generator = SeededGenerator(seed: seed)
        var level = 0.0
        return (0..<count).map { t in
            level += 0.02 * generator.signedUnit()
            let day = Double.sin(2 * .pi * Double(t) / 12)
            let week = t / 12 % 7 < 5 ? 1.0 : -1.0
            let value = 50 + level + day + week + 0.1 * generator.signedUnit()
            return Double.random(in: 0..<1, using: &generator) < 0.01 ? .nan : value
        }
    }

    static func run(_ learner: inout StreamLearner, _ values: some Sequence<Double>) -> [Footprint] {
        StreamLearnerTests.run(&learner, values.map { [$0] })
    }

    /// Mean absolute error of what was served and of each expert, over the second half.
    static func errors(
        of learner: inout StreamLearner, _ values: [Double], head: Int, horizon: Int
    ) -> (served: Double, experts: [String: Double]) {
        var served: [Double] = []
        var experts: [[Double?]] = []
        for value in values {
            learner.step([value].span)
            served.append(learner.mean(head: head) ?? .nan)
            experts.append(learner.expertNames.indices.map { learner.mean(head: head, expert: $0) })
        }
        let scored = values.indices.filter { $0 >= values.count / 2 && $0 + horizon < values.count }
        func mean(_ forecast: (Int) -> Double?) -> Double {
            let errors = scored.compactMap { t in forecast(t).map { (values[t + horizon] - $0).magnitude } }
            return errors.reduce(0, +) / Double(errors.count)
        }
        let each = learner.expertNames.indices.map { k in (learner.expertNames[k], mean { experts[$0][k] }) }
        return (mean { served[$0] }, Dictionary(uniqueKeysWithValues: each))
    }

    @Test(arguments: [0, 5, 45, 260, 400, 900]) func savingAndRestoringContinuesBitForBit(stop: Int) throws {
        let values = Self.seasonal(1000, seed: 401)
        var undisturbed = Self.learner()
        var stopped = undisturbed
        _ = Self.run(&undisturbed, values.prefix(stop))
        _ = Self.run(&stopped, values.prefix(stop))
        var resumed = Self.learner()
        try resumed.restore(stopped.state())
        #expect(resumed.state() == stopped.state())
        #expect(Footprint(resumed) == Footprint(stopped))
        #expect(Self.run(&resumed, values.dropFirst(stop)) == Self.run(&undisturbed, values.dropFirst(stop)))
        #expect(resumed.state() == undisturbed.state())
        if stop >= 400 { #expect(stopped.seasons(target: 0)?.season == 12) }
    }

    @Test(arguments: [50, 300, 700]) func theFutureIsNotUsed(known: Int) {
        let values = Self.seasonal(800, seed: 402)
        let others = values.prefix(known) + Self.seasonal(800, seed: 403).suffix(800 - known).map { 3 * $0 }
        var first = Self.learner()
        var second = first
        let shown = Self.run(&first, values)
        #expect(shown.prefix(known) == Self.run(&second, others).prefix(known))
    }

    @Test func seasonsAreFound() throws {
        var learner = Self.learner()
        _ = Self.run(&learner, Self.seasonal(1500, seed: 404))
        let seasons = try #require(learner.seasons(target: 0))
        #expect(seasons.season == 12 && seasons.long == 84)
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>) func noiseAndRandomWalksHaveNone(seed: UInt64) {
        var generator = SeededGenerator(seed: 405 + seed)
        var noise = Self.learner()
        var walk = Self.learner()
        var position = 0.0
        var found = 0
        for t in 0..<4000 {
            noise.step([generator.normal()].span)
            position += generator.normal()
            walk.step([position].span)
            if t > 1000 { found += noise.seasons(target: 0) == nil ? 0 : 1 }
        }
        // Of a walk a season may seem to come for a while; of noise hardly ever.
        #expect(found < 300, "seed \(405 + seed)")
    }

    /// A wave of which the truth is known: what is served is as good as knowing it all but for what cannot be known.
    @Test func aDutyCycleIsForecastToItsNoise() {
        var generator = SeededGenerator(seed: 411)
        var state = 0.0
        let values = (0..<8000).map { t in
            state += 0.05 * ((t % 80 < 20 ? 1.0 : 0) - state)
            return state + 0.02 * generator.normal()
        }
        var learner = Self.learner()
        let (served, _) = Self.errors(of: &learner, values, head: 1, horizon: 10)
        // The noise of one value alone is 0.016.
        #expect(served < 0.0185)
        #expect(learner.seasons(target: 0)?.season == 80)
    }

    /// Never much worse than the best of those that were asked, on streams of which each has another best.
    @Test(arguments: ["noise", "walk", "seasonal", "autoregression", "trend"])
    func servedIsAboutAsGoodAsTheBestExpert(kind: String) throws {
        var generator = SeededGenerator(seed: 412)
        var state = 0.0
        let values = (0..<5000).map { t -> Double in
            let noise = generator.normal()
            switch kind {
            case "noise": return 100 + noise
            case "walk": state += noise
            case "seasonal": return Double.sin(2 * .pi * Double(t) / 24) + 0.3 * noise
            case "autoregression": state = 0.9 * state + noise
            default: return 0.3 * Double(t) + noise
            }
            return state
        }
        for (head, horizon) in [1, 10].enumerated() {
            var learner = Self.learner()
            let (served, experts) = Self.errors(of: &learner, values, head: head, horizon: horizon)
            let best = try #require(experts.filter { !$0.value.isNaN }.min { $0.value < $1.value })
            #expect(served < 1.03 * best.value, "\(horizon) ahead; \(best.key) has \(best.value)")
            let persistence = try #require(experts["persistence"])
            #expect(served < 1.02 * persistence)
        }
    }

    /// What changes by 10⁶, what jumps and what stands still leaves every number finite, and is learned anew.
    @Test func hostileInputLeavesEveryNumberFinite() {
        for stream in StreamLearnerTests.hostile {
            var learner = Self.learner(channels: 2)
            for sample in stream.samples {
                learner.step(sample.span)
                for head in 0..<learner.headCount {
                    if let mean = learner.mean(head: head) { #expect(mean.isFinite, "\(stream)") }
                    for expert in learner.expertNames.indices {
                        if let mean = learner.mean(head: head, expert: expert) { #expect(mean.isFinite) }
                    }
                }
            }
            for tensor in learner.state() {
                if case .float64(let numbers) = tensor.elements {
                    #expect(numbers.firstIndex { !$0.isFinite } == nil, "\(stream): \(tensor.name)")
                }
            }
        }
    }

    @Test func aStateFromBeforeThereWereExpertsIsTakenUp() throws {
        let values = Self.seasonal(600, seed: 413)
        var older = Self.learner(experts: .none)
        _ = Self.run(&older, values.prefix(300))
        #expect(older.expertNames.isEmpty && older.weight(head: 0, expert: 0) == nil)
        var learner = Self.learner()
        try learner.restore(
            older.state().filter { !$0.name.hasPrefix("interval") && $0.name != "delay.bounds" })
        #expect(learner.mean(head: 0) == older.mean(head: 0))
        _ = Self.run(&learner, values.dropFirst(300))
        #expect(learner.seasons(target: 0)?.season == 12)
        #expect(learner.interval(head: 0, level: 0.9) != nil)
        // And one with experts by a learner that has none.
        var alone = Self.learner(experts: .none)
        try alone.restore(learner.state())
        #expect(alone.stepCount == 600)
    }

    /// Without the network its learning goes on as ever, and has no say.
    @Test func theNetworkCanBeLeftOut() {
        // None is missing: what is served would stand in for it.
        let values = Self.seasonal(600, seed: 415).map { $0.isNaN ? 50 : $0 }
        var with = Self.learner()
        var without = Self.learner(experts: .withoutNetwork)
        _ = Self.run(&with, values)
        _ = Self.run(&without, values)
        func network(_ learner: StreamLearner) -> [StateTensor] {
            learner.state().filter { ["theta", "readout.phi", "state.forecaster"].contains($0.name) }
        }
        #expect(network(with) == network(without))
        #expect(without.mean(head: 0, expert: 0) == nil && with.mean(head: 0, expert: 0) != nil)
        #expect(without.mean(head: 0) != with.mean(head: 0))
    }

    @Test func weightsAreSharesOfOne() {
        var learner = Self.learner()
        _ = Self.run(&learner, Self.seasonal(700, seed: 414))
        for head in 0..<learner.headCount {
            let weights = learner.expertNames.indices.compactMap { learner.weight(head: head, expert: $0) }
            #expect(weights.allSatisfy { $0 >= 0 && $0 <= 1 })
            #expect((weights.reduce(0, +) - 1).magnitude < 1e-9)
            #expect((learner.skill(head: head, expert: 1) ?? 1).magnitude < 1e-9)
        }
        #expect(
            learner.expertNames.first == "network"
                && Set(learner.expertNames).count == learner.expertNames.count)
    }
}
