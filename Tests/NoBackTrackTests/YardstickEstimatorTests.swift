import NoBackTrack
import NoBackTrackTestSupport
import Testing

/// The estimators that NoBackTrack is measured against do what their names say.
@Suite struct YardstickEstimatorTests {
    /// θ after one plain step on losses δ(t)ᵀh(t) at every step of the run.
    func parameters<C: Cell, E: Estimator>(
        of run: TinyRun<C>, deltas: [[Double]], _ estimator: E
    ) -> [Double] where C.Scalar == Double, E.Network == C {
        // RTRL moves at every step and backpropagation at the end: record gradients, move nothing.
        var trainer = RecurrentTrainer(
            cell: run.cell, estimator: estimator,
            optimizer: GradientRecorder(unitCount: run.cell.unitCount, count: run.cell.parameterCount),
            parameters: run.parameters)
        for (input, delta) in zip(run.inputs, deltas) {
            trainer.advance(input: input)
            trainer.learn(delta: delta)
        }
        var coder = StateCoder()
        do { try trainer.exchange(with: &coder) } catch { Issue.record("\(error)") }
        let sum = coder.tensors.first { $0.name == "recorded" }
        guard case .float64(let gradient)? = sum?.elements else { return [] }
        return gradient
    }

    @Test(arguments: TestedCell.allCases, [5, 9]) func fullBackpropagationEqualsRealTimeLearning(
        tested: TestedCell, steps: Int
    ) {
        func check<C: Cell>(_ cell: C) where C.Scalar == Double {
            var generator = SeededGenerator(seed: 111)
            let run = TinyRun(cell, seed: 112, steps: steps)
            let deltas = (0..<steps).map { _ in generator.signedUnits(cell.stateCount) }
            let exact = parameters(of: run, deltas: deltas, RealTimeRecurrentEstimator(cell: cell))
            let unrolled = parameters(
                of: run, deltas: deltas, TruncatedBackpropagationEstimator(cell: cell, truncation: steps))
            #expect(largestRelativeDifference(exact, unrolled) < 1e-13)
            #expect(exact.contains { $0 != 0 })
        }
        tested.withCell(units: 3, inputs: 2) { check($0) }
    }

    @Test func truncationForgetsWhatIsOlder() {
        let run = leakyRun(seed: 113, units: 3, steps: 8)
        var generator = SeededGenerator(seed: 114)
        let deltas = (0..<8).map { _ in generator.signedUnits(3) }
        let exact = parameters(of: run, deltas: deltas, RealTimeRecurrentEstimator(cell: run.cell))
        let truncated = parameters(
            of: run, deltas: deltas, TruncatedBackpropagationEstimator(cell: run.cell, truncation: 4))
        #expect(largestRelativeDifference(exact, truncated) > 1e-3)
    }

    /// Without connections between units nothing is left out, and SnAp-1 is exact.
    @Test func sparseApproximationIsExactForUnitsThatDoNotMeet() {
        let cell = LeakyTanhCell<Double>(inputCount: 1, leak: [0.5, 0.3])
        var run = TinyRun(cell, seed: 115, steps: 6)
        var parameters = run.parameters
        parameters[1] = 0
        parameters[cell.parametersPerUnit] = 0
        run = TinyRun(cell, parameters: parameters, inputs: run.inputs)
        let approximate = run.estimate(SparseApproximationEstimator(cell: cell))
        #expect(largestDifference(approximate, run.exact) < 1e-14)
    }

    @Test func sparseApproximationIsExactForOneUnitOfAnyCell() {
        func check<C: Cell>(_ cell: C) where C.Scalar == Double {
            let run = TinyRun(cell, seed: 116, steps: 6)
            let approximate = run.estimate(SparseApproximationEstimator(cell: cell))
            #expect(largestDifference(approximate, run.exact) < 1e-14)
        }
        for tested in TestedCell.allCases { tested.withCell(units: 1, inputs: 2) { check($0) } }
    }

    /// Near the origin the slope is the weight itself: influence grows a millionfold a step.
    @Test func explodingNetworksLeaveEveryEstimateFinite() {
        let cell = LeakyTanhCell<Float>(inputCount: 1, leak: [1, 1])
        let parameters: [Float] = [1e6, 0, 0, 0, 0, 1e6, 0, 0]
        let signs = PhiloxSigns(seed: 1, stream: 1)
        func check<E: Estimator>(_ estimator: E) where E.Network == LeakyTanhCell<Float> {
            var trainer = RecurrentTrainer(
                cell: cell, estimator: estimator,
                optimizer: PlainStep<Float>(unitCount: 2, schedule: StepSchedule(stepSize: 1e-3)),
                parameters: parameters)
            for _ in 0..<50 {
                trainer.advance(input: [0])
                trainer.learn(delta: [1e-20, 1e-20])
                let isFinite =
                    trainer.denseEstimate.allSatisfy { $0.isFinite }
                    && trainer.parameters.allSatisfy { $0.isFinite }
                #expect(isFinite, "\(E.self)")
            }
        }
        check(NoBackTrackEstimator(cell: cell, rank: 2, signSource: signs))
        check(UnbiasedOnlineEstimator(cell: cell, signSource: signs))
        check(SparseApproximationEstimator(cell: cell))
        check(RealTimeRecurrentEstimator(cell: cell))
        check(TruncatedBackpropagationEstimator(cell: cell, truncation: 20))
    }

    @Test func sparseApproximationLeavesOutWhatPassesThroughOtherUnits() {
        let run = leakyRun(seed: 117, units: 3, steps: 6)
        let approximate = run.estimate(SparseApproximationEstimator(cell: run.cell))
        #expect(largestDifference(approximate, run.exact) > 1e-3)
    }
}

/// Sums up gradients and moves nothing.
struct GradientRecorder: Optimizer {
    let unitCount: Int
    var sum: [Double]

    init(unitCount: Int, count: Int) {
        self.unitCount = unitCount
        sum = Array(repeating: 0, count: count)
    }

    mutating func update(
        units: Range<Int>, gradients: inout [Double], rowCount: Int, parameters: inout [Double]
    ) {
        let count = sum.count / unitCount
        for unit in units {
            for j in 0..<count {
                sum[unit * count + j] += gradients[(unit - units.lowerBound) * rowCount * count + j]
            }
        }
    }

    mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        try coder.exchange("recorded", shape: [sum.count], &sum)
    }
}
