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

    /// A trainer that has run along the inputs with the parameters fixed.
    func trainer<E: Estimator>(after estimator: E) -> RecurrentTrainer<E, PlainStep<Double>>
    where E.Network == C {
        var trainer = RecurrentTrainer(
            cell: cell, estimator: estimator,
            optimizer: PlainStep(unitCount: cell.unitCount, schedule: StepSchedule(stepSize: 0)),
            parameters: parameters)
        for input in inputs {
            trainer.advance(input: input)
            trainer.learn(delta: [])
        }
        return trainer
    }

    /// G̃ after the last input.
    func estimate<E: Estimator>(_ estimator: E) -> [Double] where E.Network == C {
        trainer(after: estimator).denseEstimate
    }

    var exact: [Double] { estimate(RealTimeRecurrentEstimator(cell: cell)) }

    /// G̃ of NoBackTrack under every pattern of signs.
    func everyEstimate(rank: Int = 1, scaling: NoBackTrackEstimator<C, EnumeratedSigns>.Scaling = .optimal)
        -> [[Double]]
    {
        let signsPerDraw = cell.stateCount + 1
        let bits = signsPerDraw * rank * inputs.count
        return (0..<UInt64(1) << UInt64(bits)).map { pattern in
            let signs = EnumeratedSigns(pattern: pattern, signsPerDraw: signsPerDraw, pairs: rank)
            return estimate(
                NoBackTrackEstimator(
                    cell: cell, rank: rank, signSource: signs, scaling: scaling))
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

    @Test func expectationIsExactForRankTwoAndForThreeUnits() {
        let rankTwo = leakyRun(seed: 21, units: 2, steps: 2)
        #expect(largestDifference(mean(of: rankTwo.everyEstimate(rank: 2)), rankTwo.exact) < 1e-12)
        let threeUnits = leakyRun(seed: 22, units: 3, steps: 3)
        #expect(largestDifference(mean(of: threeUnits.everyEstimate()), threeUnits.exact) < 1e-12)
    }

    @Test(arguments: TestedCell.allCases) func expectationIsExactForEveryCell(tested: TestedCell) {
        func check<C: Cell>(_ cell: C) where C.Scalar == Double {
            let run = TinyRun(cell, seed: 25)
            #expect(largestDifference(mean(of: run.everyEstimate()), run.exact) < 1e-12)
        }
        // The memory unit has two states a unit: one unit has as many signs as two of the others.
        tested.withCell(units: tested == .longShortTerm ? 1 : 2, inputs: 1) { check($0) }
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
