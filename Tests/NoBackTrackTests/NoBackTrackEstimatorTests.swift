import NoBackTrack
import NoBackTrackTestSupport
import Testing

/// A tiny network driven along a fixed input, small enough to try every pattern of signs.
struct TinyRun<C: Cell> where C.Scalar == Double {
    let cell: C
    let parameters: [Double]
    let inputs: [[Double]]

    init(_ cell: C, seed: UInt64, steps: Int = 3) {
        var generator = SeededGenerator(seed: seed)
        self.cell = cell
        parameters = generator.signedUnits(cell.parameterCount)
        inputs = (0..<steps).map { _ in generator.signedUnits(cell.inputCount) }
    }

    init(_ cell: C, parameters: [Double], inputs: [[Double]]) {
        self.cell = cell
        self.parameters = parameters
        self.inputs = inputs
    }

    /// δ at each step, some fixed numbers.
    var deltas: [[Double]] {
        var generator = SeededGenerator(seed: 9_000)
        return inputs.map { _ in generator.signedUnits(cell.stateCount) }
    }

    /// A trainer that has run along the inputs with the parameters fixed.
    func trainer<E: Estimator>(after estimator: E) -> RecurrentTrainer<E, PlainStep<Double>>
    where E.Network == C {
        let step = PlainStep<Double>(unitCount: cell.unitCount, schedule: StepSchedule(stepSize: 0))
        return trainer(after: estimator, step)
    }

    /// The same with an optimizer that may have a metric, which follows δ while the parameters stay.
    func trainer<E: Estimator, Step: Optimizer>(after estimator: E, _ step: Step) -> RecurrentTrainer<E, Step>
    where E.Network == C, Step.Scalar == Double {
        var trainer = RecurrentTrainer(
            cell: cell, estimator: estimator, optimizer: step, parameters: parameters)
        for (input, delta) in zip(inputs, deltas) {
            trainer.advance(input: input)
            trainer.learn(delta: delta)
        }
        return trainer
    }

    /// A filter that does not move the parameters.
    func filter(_ kind: FilterMetricKind) -> FilterStep<Double> {
        var settings = FilterSettings<Double>()
        settings.metric = kind
        settings.stepSize = 0
        settings.observation = .outerProduct
        return FilterStep(
            unitCount: cell.unitCount, parametersPerUnit: cell.parametersPerUnit, settings: settings,
            metric: FilterMetric(
                kind: kind, unitCount: cell.unitCount, rows: cell.parameterRows,
                prior: (0..<cell.parameterCount).map { 1 / Double(1 + $0 % 5) }))
    }

    /// G̃ after the last input.
    func estimate<E: Estimator>(_ estimator: E) -> [Double] where E.Network == C {
        trainer(after: estimator).denseEstimate
    }

    var exact: [Double] { estimate(RealTimeRecurrentEstimator(cell: cell)) }

    /// G̃ of NoBackTrack under every pattern of signs.
    ///
    /// - Parameter metric: that of a filter to take the scalings in; nil: Euclidean ones.
    func everyEstimate(
        rank: Int = 1, groups: Int = 1, scaling: FactorScaling = .euclidean, metric: FilterMetricKind? = nil
    ) -> [[Double]] {
        let signsPerDraw = cell.stateCount + groups
        let bits = signsPerDraw * rank * inputs.count
        return (0..<UInt64(1) << UInt64(bits)).map { pattern in
            let signs = EnumeratedSigns(pattern: pattern, signsPerDraw: signsPerDraw, pairs: rank)
            let estimator = NoBackTrackEstimator(
                cell: cell, rank: rank, groups: groups, signSource: signs, scaling: scaling)
            guard let metric else { return estimate(estimator) }
            return trainer(after: estimator, filter(metric)).denseEstimate
        }
    }

    /// G̃ of UORO under every pattern of signs.
    func everyUnbiasedOnlineEstimate() -> [[Double]] {
        (0..<UInt64(1) << UInt64(cell.stateCount * inputs.count)).map { pattern in
            let signs = EnumeratedSigns(pattern: pattern, signsPerDraw: cell.stateCount, pairs: 1)
            return estimate(UnbiasedOnlineEstimator(cell: cell, signSource: signs))
        }
    }
}

/// A leaky tanh network with leaks 1, 1/2, 1/3, …
func leakyRun(seed: UInt64, units: Int = 2, steps: Int = 3) -> TinyRun<LeakyTanhCell<Double>> {
    let leak = (0..<units).map { 1 / Double(1 + $0) }
    return TinyRun(LeakyTanhCell(inputCount: 1, leak: leak), seed: seed, steps: steps)
}

func mean(of arrays: [[Double]]) -> [Double] {
    var sum = [Double](repeating: 0, count: arrays[0].count)
    for array in arrays { for i in sum.indices { sum[i] += array[i] } }
    return sum.map { $0 / Double(arrays.count) }
}

func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).map { ($0 - $1).magnitude }.max() ?? .infinity
}

/// Mean over the arrays of the squared distance from a point.
func variance(of arrays: [[Double]], around point: [Double]) -> Double {
    var sum = 0.0
    for array in arrays { for i in point.indices { sum += (array[i] - point[i]) * (array[i] - point[i]) } }
    return sum / Double(arrays.count)
}

/// How the scalings of a test are chosen.
struct Scalings: Sendable, CustomTestStringConvertible {
    let scaling: FactorScaling
    let metric: FilterMetricKind?

    init(_ scaling: FactorScaling, _ metric: FilterMetricKind?) {
        self.scaling = scaling
        self.metric = metric
    }

    var testDescription: String { "\(scaling), \(metric.map { "\($0)" } ?? "no metric")" }
}

/// What a test's estimate is made of.
struct Factors: Sendable, CustomTestStringConvertible {
    var units: Int
    var rank: Int
    var groups: Int
    var steps: Int

    var testDescription: String { "\(units) units, rank \(rank), \(groups) groups, \(steps) steps" }
}

@Suite struct NoBackTrackEstimatorTests {
    @Test(arguments: [UInt64(1), 2, 3, 4, 5])
    func expectationOverAllSignsIsTheExactGradient(seed: UInt64) {
        let run = leakyRun(seed: seed)
        let estimates = run.everyEstimate()
        #expect(estimates.count == 512)
        let mean = mean(of: estimates)
        #expect(largestDifference(mean, run.exact) < 1e-12, "seed \(seed)")
        // The estimates do differ: an estimator that kept the exact gradient would pass the above.
        #expect(variance(of: estimates, around: mean) > 1e-6, "seed \(seed)")
    }

    @Test func expectationIsExactForThreeUnits() {
        let threeUnits = leakyRun(seed: 22, units: 3, steps: 3)
        #expect(largestDifference(mean(of: threeUnits.everyEstimate()), threeUnits.exact) < 1e-12)
    }

    /// Every cell, every way to choose the scalings.
    @Test(
        arguments: TestedCell.allCases,
        [
            Scalings(.euclidean, nil), Scalings(.none, nil), Scalings(.sensitivity, .diagonal),
            Scalings(.sensitivity, .quasiDiagonal), Scalings(.uncertainty, .diagonal),
            Scalings(.uncertainty, .quasiDiagonal),
        ])
    func expectationIsExact(tested: TestedCell, scalings: Scalings) {
        func check<C: Cell>(_ cell: C) where C.Scalar == Double {
            let run = TinyRun(cell, seed: 25)
            let estimates = run.everyEstimate(scaling: scalings.scaling, metric: scalings.metric)
            #expect(largestDifference(mean(of: estimates), run.exact) < 1e-12)
        }
        tested.withCell(units: tested.fewUnits, inputs: 1) { check($0) }
    }

    /// Two pairs of every cell, in the filter's metric.
    @Test(arguments: TestedCell.allCases) func expectationIsExactAtRankTwo(tested: TestedCell) {
        func check<C: Cell>(_ cell: C) where C.Scalar == Double {
            let run = TinyRun(cell, seed: 28, steps: 2)
            let estimates = run.everyEstimate(rank: 2, scaling: .sensitivity, metric: .quasiDiagonal)
            #expect(largestDifference(mean(of: estimates), run.exact) < 1e-12)
        }
        tested.withCell(units: tested.fewUnits, inputs: 1) { check($0) }
    }

    /// Ranks and groups: averages of independent estimates, sums over disjoint parameters.
    @Test(
        arguments: [
            Factors(units: 1, rank: 2, groups: 1, steps: 3), Factors(units: 1, rank: 3, groups: 1, steps: 2),
            Factors(units: 2, rank: 2, groups: 1, steps: 2), Factors(units: 2, rank: 1, groups: 2, steps: 3),
            Factors(units: 3, rank: 1, groups: 3, steps: 2), Factors(units: 3, rank: 1, groups: 2, steps: 2),
            Factors(units: 1, rank: 5, groups: 1, steps: 1),
        ], [Scalings(.euclidean, nil), Scalings(.sensitivity, .diagonal), Scalings(.uncertainty, .diagonal)])
    func expectationIsExactForEveryRankAndGrouping(factors: Factors, scalings: Scalings) {
        let run = leakyRun(seed: 21, units: factors.units, steps: factors.steps)
        let estimates = run.everyEstimate(
            rank: factors.rank, groups: factors.groups, scaling: scalings.scaling, metric: scalings.metric)
        #expect(largestDifference(mean(of: estimates), run.exact) < 1e-12)
    }

    /// Less is mixed where units are reduced by themselves.
    @Test func groupsHaveLessVariance() {
        let run = leakyRun(seed: 27, units: 3, steps: 3)
        let one = variance(of: run.everyEstimate(), around: run.exact)
        let three = leakyRun(seed: 27, units: 3, steps: 3).everyEstimate(groups: 3)
        #expect(variance(of: three, around: run.exact) < one)
    }

    @Test(arguments: TestedCell.allCases) func unbiasedOnlineExpectationIsExact(tested: TestedCell) {
        func check<C: Cell>(_ cell: C) where C.Scalar == Double {
            let run = TinyRun(cell, seed: 26, steps: 4)
            let estimates = run.everyUnbiasedOnlineEstimate()
            #expect(largestDifference(mean(of: estimates), run.exact) < 1e-12)
            #expect(variance(of: estimates, around: run.exact) > 1e-6)
        }
        tested.withCell(units: 2, inputs: 1) { check($0) }
    }

    @Test(arguments: [UInt64(1), 2, 3, 4, 5])
    func optimalScalingHasLessVarianceThanNoScaling(seed: UInt64) {
        let run = leakyRun(seed: seed)
        let exact = run.exact
        let scaled = variance(of: run.everyEstimate(), around: exact)
        let plain = variance(of: run.everyEstimate(scaling: .none), around: exact)
        #expect(scaled < plain, "seed \(seed): \(scaled) against \(plain)")
    }

    @Test func unscaledEstimateIsUnbiasedToo() {
        let run = leakyRun(seed: 6)
        let mean = mean(of: run.everyEstimate(scaling: .none))
        #expect(largestDifference(mean, run.exact) < 1e-12)
    }

    @Test func varianceFallsAsOneOverRank() {
        let run = leakyRun(seed: 23, units: 2, steps: 2)
        let one = variance(of: run.everyEstimate(rank: 1), around: run.exact)
        let two = variance(of: run.everyEstimate(rank: 2), around: run.exact)
        #expect((two / one - 0.5).magnitude < 1e-9)
    }

    @Test func gradientGivenToTheOptimizerIsDeltaTimesTheEstimate() {
        let run = leakyRun(seed: 24, units: 3, steps: 4)
        let delta = [0.3, -1.1, 0.7]
        let stepSize = 1e-3
        let signs = PhiloxSigns(seed: 1, stream: 1)
        var trainer = RecurrentTrainer(
            cell: run.cell,
            estimator: NoBackTrackEstimator(cell: run.cell, rank: 2, signSource: signs),
            optimizer: PlainStep(unitCount: run.cell.unitCount, schedule: StepSchedule(stepSize: stepSize)),
            parameters: run.parameters)
        for (step, input) in run.inputs.enumerated() {
            trainer.advance(input: input)
            trainer.learn(delta: step == run.inputs.count - 1 ? delta : [])
        }
        let P = run.cell.parameterCount
        let estimate = trainer.denseEstimate
        for p in 0..<P {
            let gradient = (0..<3).reduce(0.0) { $0 + delta[$1] * estimate[$1 * P + p] }
            let moved = run.parameters[p] - trainer.parameters[p]
            #expect((moved - stepSize * gradient).magnitude < 1e-15)
        }
    }

    @Test func anExplodingNetworkDropsItsPastAndStaysFinite() {
        let cell = LeakyTanhCell<Float>(inputCount: 1, leak: [1, 1])
        // Near the origin the slope is the weight itself: the estimate grows a millionfold a step.
        let parameters: [Float] = [1e6, 0, 0, 0, 0, 1e6, 0, 0]
        var trainer = RecurrentTrainer(
            cell: cell,
            estimator: NoBackTrackEstimator(
                cell: cell, rank: 1, signSource: PhiloxSigns(seed: 1, stream: 1)),
            optimizer: PlainStep<Float>(unitCount: 2, schedule: StepSchedule(stepSize: 0)),
            parameters: parameters)
        for _ in 0..<50 {
            trainer.advance(input: [0])
            trainer.learn(delta: [1, 1])
            let isFinite = trainer.denseEstimate.allSatisfy { $0.isFinite }
            #expect(isFinite)
        }
    }
}
