import NoBackTrack
import NoBackTrackTestSupport
import RealModule
import Testing

/// Everything a learner has shown and is, bit by bit.
struct Footprint: Equatable {
    var means: [UInt64]
    var intervals: [UInt64]
    var score: Double?

    init(_ learner: StreamLearner) {
        means = (0..<learner.headCount).map { learner.mean(head: $0)?.bitPattern ?? 0 }
        intervals = (0..<learner.headCount).flatMap { head -> [UInt64] in
            guard let interval = learner.interval(head: head, level: 0.8) else { return [] }
            return [interval.lower.bitPattern, interval.upper.bitPattern]
        }
        score = learner.score
    }
}

/// A cell with an estimator and an optimizer. ``RecurrentTrainerLawTests`` hold all of them to the laws of training;
/// here every cell meets every estimator, and every estimator every optimizer.
struct Composition: Sendable, CustomTestStringConvertible {
    var cell: LearnerConfiguration.CellKind
    var estimator: LearnerConfiguration.EstimatorKind
    var optimizer: LearnerConfiguration.OptimizerKind
    var testDescription: String { "\(cell.rawValue), \(estimator.rawValue), \(optimizer.rawValue)" }

    static let all: [Composition] = {
        let optimizers = LearnerConfiguration.OptimizerKind.allCases.filter { $0 != .automatic }
        return LearnerConfiguration.CellKind.allCases.enumerated().flatMap { i, cell in
            LearnerConfiguration.EstimatorKind.allCases.enumerated().map { j, estimator in
                Composition(
                    cell: cell, estimator: estimator, optimizer: optimizers[(i + j) % optimizers.count])
            }
        }
    }()
}

@Suite struct StreamLearnerTests {
    static func configuration(_ composition: Composition, seed: UInt64 = 1) -> LearnerConfiguration {
        var configuration = configuration(estimator: composition.estimator, seed: seed)
        configuration.cell = composition.cell
        configuration.optimizer = composition.optimizer
        configuration.hiddenUnits = composition.cell == .leakyTanh ? 6 : 3
        // Experts are the same beside every network: ExpertLawTests hold them to the laws.
        configuration.experts = .none
        return configuration
    }

    static func configuration(
        estimator: LearnerConfiguration.EstimatorKind = .nobacktrack, horizons: [Int] = [1, 4],
        seed: UInt64 = 1
    ) -> LearnerConfiguration {
        var configuration = LearnerConfiguration()
        configuration.hiddenUnits = 8
        configuration.truncation = 5
        configuration.lags = 3
        configuration.rank = 2
        configuration.horizons = horizons
        configuration.estimator = estimator
        configuration.learningRate = 0.02
        configuration.seed = seed
        return configuration
    }

    static func learner(
        _ configuration: LearnerConfiguration = configuration(), channels: Int = 2
    ) -> StreamLearner {
        StreamLearner(
            configuration: configuration, channelCount: channels, targets: Array(0..<channels),
            streamKey: 77)
    }

    /// Two related channels with noise and, here and there, a missing value.
    static func samples(_ count: Int, seed: UInt64) -> [[Double]] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { t in
            let wave = Double.sin(Double(t) / 5)
            let first = 20 + 3 * wave + 0.2 * generator.signedUnit()
            let second = -1 + Double.cos(Double(t) / 5) + 0.1 * generator.signedUnit()
            return [
                Double.random(in: 0..<1, using: &generator) < 0.02 ? .nan : first,
                Double.random(in: 0..<1, using: &generator) < 0.02 ? .nan : second,
            ]
        }
    }

    static func run(_ learner: inout StreamLearner, _ samples: some Sequence<[Double]>) -> [Footprint] {
        samples.map { sample in
            learner.step(sample.span)
            return Footprint(learner)
        }
    }

    @Test(arguments: Composition.all) func theSeedDecidesEverything(composition: Composition) {
        let samples = Self.samples(120, seed: 81)
        var first = Self.learner(Self.configuration(composition))
        var second = first
        var other = Self.learner(Self.configuration(composition, seed: 2))
        let shown = Self.run(&first, samples)
        #expect(Self.run(&second, samples) == shown)
        #expect(first.state() == second.state())
        #expect(Self.run(&other, samples) != shown)
    }

    @Test(arguments: Composition.all, [0, 4, 5, 37])
    func savingAndRestoringContinuesBitForBit(composition: Composition, stop: Int) throws {
        let samples = Self.samples(120, seed: 82)
        var undisturbed = Self.learner(Self.configuration(composition))
        var stopped = undisturbed
        _ = Self.run(&undisturbed, samples.prefix(stop))
        _ = Self.run(&stopped, samples.prefix(stop))
        var resumed = Self.learner(Self.configuration(composition))
        try resumed.restore(stopped.state())
        #expect(resumed.state() == stopped.state())
        #expect(Footprint(resumed) == Footprint(stopped))
        #expect(
            Self.run(&resumed, samples.dropFirst(stop)) == Self.run(&undisturbed, samples.dropFirst(stop)))
        #expect(resumed.state() == undisturbed.state())
        #expect(resumed.missingValues == undisturbed.missingValues)
    }

    /// The absolute test of causality: other samples after n, and no forecast made up to n changes.
    @Test(arguments: [1, 5, 60, 119]) func theFutureIsNotUsed(known: Int) {
        let samples = Self.samples(120, seed: 83)
        let other =
            samples.prefix(known)
            + Self.samples(120, seed: 84).suffix(120 - known).map {
                [$0[0] * 50, 7 - $0[1]]
            }
        var first = Self.learner()
        var second = first
        let shown = Self.run(&first, samples)
        let shownWithOtherFuture = Self.run(&second, other)
        #expect(shown.prefix(known) == shownWithOtherFuture.prefix(known))
        #expect(shown.suffix(1) != shownWithOtherFuture.suffix(1))
    }

    @Test func theUntrainedForecastIsPersistence() {
        var learner = Self.learner()
        learner.step([20.5, -3].span)
        #expect((0..<4).map { learner.mean(head: $0) } == [20.5, 20.5, -3, -3])
        #expect(learner.interval(head: 0, level: 0.9) == nil)
        let warming = learner.warming
        #expect(warming?.seen == 1 && warming?.needed == 36)
    }

    @Test func theDelayedLearnerFollowsTheForecasterWhenParametersStandStill() throws {
        let configuration = Self.configuration(estimator: .frozen, horizons: [1, 3])
        var learner = Self.learner(configuration)
        var forecaster: [[Float]] = []
        for sample in Self.samples(50, seed: 85) {
            learner.step(sample.span)
            let states = Dictionary(uniqueKeysWithValues: learner.state().map { ($0.name, $0.elements) })
            guard case .float32(let ahead)? = states["state.forecaster"],
                case .float32(let behind)? = states["state.learner"]
            else {
                Issue.record("the states have other types")
                return
            }
            if forecaster.count >= 3 { #expect(behind == forecaster[forecaster.count - 3]) }
            forecaster.append(ahead)
        }
    }

    /// Streams no sensor should send, each with what is wrong with it.
    struct HostileStream: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var samples: [[Double]]

        init(_ name: String, count: Int, sample: (Int) -> [Double]) {
            testDescription = name
            samples = (0..<count).map(sample)
        }
    }

    static let hostile = [
        HostileStream("huge", count: 200) { [$0 % 3 == 0 ? 1e300 : -1e300, 1e300] },
        HostileStream("huge among ordinary", count: 400) {
            [$0 % 50 == 7 ? 1e300 : Double($0 % 9), Double($0 % 4)]
        },
        HostileStream("greatest finite", count: 100) { [Double.greatestFiniteMagnitude, -Double($0)] },
        HostileStream("negative zero", count: 200) { _ in [-0.0, 0.0] },
        HostileStream("subnormal", count: 200) {
            [Double.leastNonzeroMagnitude * Double($0 % 7), -Double.leastNonzeroMagnitude]
        },
        HostileStream("constant", count: 400) { _ in [42, -1e9] },
        HostileStream("all missing", count: 200) { _ in [.nan, .nan] },
        HostileStream("missing, then not", count: 300) { [$0 < 150 ? Double.nan : Double($0), .nan] },
        HostileStream("infinite", count: 50) { _ in [.infinity, -.infinity] },
        HostileStream("a step of 10⁶ scales", count: 600) {
            [Double($0 % 5) * ($0 < 300 ? 1.0 : 1e6), 1]
        },
    ]

    @Test(arguments: hostile, Composition.all)
    func hostileInputLeavesEveryNumberFinite(stream: HostileStream, composition: Composition) {
        let name = "\(stream.testDescription), \(composition.testDescription)"
        var learner = Self.learner(Self.configuration(composition))
        for sample in stream.samples {
            learner.step(sample.span)
            for head in 0..<learner.headCount {
                if let mean = learner.mean(head: head) { #expect(mean.isFinite, "\(name)") }
                if let interval = learner.interval(head: head, level: 0.99) {
                    #expect(interval.lower.isFinite && interval.upper.isFinite, "\(name)")
                    #expect(interval.lower <= interval.upper, "\(name)")
                }
            }
            if let score = learner.score { #expect(score >= 0 && score <= 1, "\(name)") }
        }
        for tensor in learner.state() {
            switch tensor.elements {
            case .float32(let numbers):
                #expect(numbers.firstIndex { !$0.isFinite } == nil, "\(name): \(tensor.name)")
            case .float64(let numbers):
                #expect(numbers.firstIndex { !$0.isFinite } == nil, "\(name): \(tensor.name)")
            case .uint64: break
            }
        }
    }

    @Test func itRecoversAfterHostileInput() throws {
        var learner = Self.learner()
        _ = Self.run(&learner, Self.samples(1500, seed: 86))
        _ = Self.run(&learner, [[1e300, -1e300], [.nan, .nan], [-1e300, 1e300]])
        _ = Self.run(&learner, Self.samples(3000, seed: 87))
        for head in 0..<learner.headCount {
            #expect(try #require(learner.skill(head: head)) > 0.2)
        }
    }

    @Test func itLearnsAWaveInNoiseAndKnowsHowWell() throws {
        var learner = Self.learner()
        _ = Self.run(&learner, Self.samples(4000, seed: 88))
        for head in 0..<learner.headCount {
            #expect(try #require(learner.skill(head: head)) > 0.3)
            #expect((try #require(learner.coverage(head: head)) - 0.9).magnitude < 0.04)
        }
        #expect(learner.warming == nil)
        let wide = try #require(learner.interval(head: 0, level: 0.95))
        let narrow = try #require(learner.interval(head: 0, level: 0.5))
        #expect(wide.lower < narrow.lower && narrow.upper < wide.upper)
    }

    @Test func aSurpriseIsScoredAsOne() throws {
        var learner = Self.learner()
        _ = Self.run(&learner, Self.samples(1000, seed: 89))
        learner.step([60, 9].span)
        let score = try #require(learner.score)
        #expect(score > 0.999)
    }

    @Test func withLearningOffForecastsGoOnAndParametersStandStill() {
        let samples = Self.samples(400, seed: 90)
        var learner = Self.learner()
        _ = Self.run(&learner, samples.prefix(200))
        func parameters() -> [StateTensor] {
            learner.state().filter {
                ["theta", "readout.phi", "readout.covariance"].contains($0.name)
                    || $0.name.hasPrefix("normaliser") || $0.name.hasPrefix("metric")
            }
        }
        let before = parameters()
        learner.isLearning = false
        let shown = Self.run(&learner, samples.dropFirst(200))
        #expect(parameters() == before)
        #expect(Set(shown.map(\.means)).count == shown.count)
        learner.isLearning = true
        _ = Self.run(&learner, samples.prefix(50))
        #expect(parameters() != before)
    }

    @Test func recurrentParametersMoveUnlessFrozen() {
        for composition in Composition.all {
            var learner = Self.learner(Self.configuration(composition))
            let before = learner.state().first { $0.name == "theta" }
            for sample in Self.samples(150, seed: 91) { learner.step(sample.span) }
            let after = learner.state().first { $0.name == "theta" }
            #expect((before == after) == (composition.estimator == .frozen), "\(composition.testDescription)")
        }
    }

    /// Memoryless: what is kept does not grow with what was seen.
    @Test func theStateIsAsLargeAfterManySamplesAsAfterFew() {
        var configuration = Self.configuration()
        configuration.experts = .none
        var learner = Self.learner(configuration)
        func elements() -> Int { learner.state().reduce(0) { $0 + $1.elements.count } }
        _ = Self.run(&learner, Self.samples(10, seed: 92))
        let few = elements()
        for sample in Self.samples(20_000, seed: 93) { learner.step(sample.span) }
        #expect(elements() == few)
    }

    @Test(arguments: [1, 10, 40, 300]) func manyChannelsTakeFewerLagsNotMoreMemory(channels: Int) {
        var configuration = LearnerConfiguration()
        configuration.hiddenUnits = 8
        configuration.lags = 50
        var learner = Self.learner(configuration, channels: channels)
        for t in 0..<20 {
            let sample = (0..<channels).map { Double.sin(Double(t * ($0 + 1)) / 7) }
            learner.step(sample.span)
        }
        let covariance = learner.state().first { $0.name == "readout.covariance" }
        let features = covariance?.shape[0] ?? 0
        #expect(features <= max(LearnerConfiguration.featureBudget, 8 + channels + 1))
        #expect(channels > 1 || features == 8 + 51 + 1)
        #expect(learner.mean(head: 0)?.isFinite == true)
    }

    /// A channel that begins later than the stream is not forecast before it begins, and its beginning is
    /// not mistaken for an error.
    @Test func aLateChannelIsUnknownUntilItsFirstValue() throws {
        var learner = Self.learner()
        for t in 0..<20 {
            learner.step([.nan, Double(t % 3)].span)
            #expect(learner.mean(head: 0) == nil && learner.mean(head: 2) != nil)
            #expect(learner.interval(head: 0, level: 0.9) == nil)
        }
        for t in 0..<200 {
            learner.step([1000 + Double.sin(Double(t) / 5), Double(t % 3)].span)
            #expect((try #require(learner.mean(head: 0)) - 1000).magnitude < 4)
            guard let interval = learner.interval(head: 1, level: 0.99) else { continue }
            #expect(interval.lower > 990 && interval.upper < 1010)
        }
        #expect(learner.interval(head: 1, level: 0.99) != nil)
        #expect(learner.warming == nil)
    }

    /// What a learner is said to take holds its state and is not much more.
    @Test(arguments: Composition.all, [1, 6])
    func memoryIsForeseen(composition: Composition, channels: Int) {
        var configuration = Self.configuration(composition)
        configuration.hiddenUnits = 24
        let learner = Self.learner(configuration, channels: channels)
        let bytes = learner.state().reduce(0) { sum, tensor in
            if case .float32 = tensor.elements {
                sum + 4 * tensor.elements.count
            } else {
                sum + 8 * tensor.elements.count
            }
        }
        let foreseen = StreamLearner.memoryBytes(
            configuration: configuration, channelCount: channels, targetCount: channels)
        #expect(foreseen >= bytes)
        #expect(foreseen <= 3 * bytes + 32_768)
    }

    @Test func missingValuesAreCountedAndReplacedByTheForecast() throws {
        var learner = Self.learner()
        _ = Self.run(&learner, Self.samples(500, seed: 94).map { $0.map { $0.isNaN ? 0 : $0 } })
        #expect(learner.missingValues == 0)
        let expected = try #require(learner.mean(head: 0))
        learner.step([.nan, -1].span)
        #expect(learner.missingValues == 1)
        // The forecast of persistence from a filled-in value starts at the value filled in.
        let values = learner.state().first { $0.name == "delay.values" }
        guard case .float64(let ring)? = values?.elements else {
            Issue.record("delay.values has another type")
            return
        }
        #expect(ring.contains(expected))
        learner.step([.nan, .nan].span)
        #expect(learner.missingValues == 3)
        #expect(learner.score == nil)
    }

    @Test func aStateOfAnotherShapeOrWithoutAPartIsRefusedAndChangesNothing() {
        var learner = Self.learner()
        _ = Self.run(&learner, Self.samples(30, seed: 95))
        let good = learner.state()
        var target = Self.learner()
        let untouched = target.state()
        // A state without this one is of before there were conditions.
        for index in good.indices where good[index].name != "conditions.counts" {
            var missing = good
            missing.remove(at: index)
            // Without these a state is one from before there were such, and is taken up.
            if ["interval.quantiles", "delay.bounds", "experts.changes"].contains(good[index].name) {
                var older = target
                #expect(throws: Never.self) { try older.restore(missing) }
                continue
            }
            #expect(throws: StateError.missing(good[index].name)) { try target.restore(missing) }
            #expect(target.state() == untouched)
        }
        var broken = good
        broken[broken.count - 1].elements = .float64([.nan])
        #expect(throws: StateError.self) { try target.restore(broken) }
        var larger = StreamLearnerTests.configuration()
        larger.hiddenUnits = 9
        var other = Self.learner(larger)
        let otherUntouched = other.state()
        #expect(throws: StateError.self) { try other.restore(good) }
        #expect(other.state() == otherUntouched)
    }

    /// Whatever a forged state says, the learner that takes it up must not trap.
    @Test func countsThatCannotBeCountedOnFromAreRefused() {
        var configuration = StreamLearnerTests.configuration()
        configuration.experts = .all
        var learner = Self.learner(configuration)
        _ = Self.run(&learner, Self.samples(30, seed: 96))
        let good = learner.state()
        for index in good.indices {
            guard case .uint64(let numbers) = good[index].elements, !numbers.isEmpty else { continue }
            var forged = good
            forged[index].elements = .uint64(numbers.map { _ in .max })
            var target = learner
            if good[index].name.hasSuffix(".first_moment") {
                // What it is before the first.
                #expect(throws: Never.self, "\(good[index].name)") { try target.restore(forged) }
            } else {
                #expect(throws: StateError.self, "\(good[index].name)") { try target.restore(forged) }
            }
            forged[index].elements = .uint64(numbers.map { _ in 0 })
            guard (try? target.restore(forged)) != nil else { continue }
            _ = Self.run(&target, Self.samples(5, seed: 97))
        }
    }

    @Test func numbersBeyondAnyPlaceAreHeldWithinTheirs() throws {
        var learner = Self.learner()
        _ = Self.run(&learner, Self.samples(30, seed: 98))
        var forged = learner.state()
        let index = try #require(forged.firstIndex { $0.name == "conditions.regimes" })
        forged[index].elements = .float64(Array(repeating: 1e300, count: forged[index].elements.count))
        try learner.restore(forged)
        _ = Self.run(&learner, Self.samples(5, seed: 99))
    }
}
