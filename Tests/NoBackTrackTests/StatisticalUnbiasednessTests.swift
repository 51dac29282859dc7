import NoBackTrack
import NoBackTrackTestSupport
import Testing

/// Networks too large for every pattern of signs: the mean over many draws is within standard errors of the exact
/// gradient, whichever way it is looked at.
@Suite struct StatisticalUnbiasednessTests {
    static let units = 32
    static let steps = 6
    static let repetitions: UInt64 = 150
    static let seed: UInt64 = 2_024

    /// z-scores of the mean estimate along some random directions.
    func scores<E: Estimator>(
        _ run: TinyRun<LeakyTanhCell<Double>>, _ make: (PhiloxSigns) -> E,
        distorted: ([Double]) -> [Double] = { $0 }
    ) -> [Double] where E.Network == LeakyTanhCell<Double> {
        let exact = run.exact
        var generator = SeededGenerator(seed: Self.seed)
        let directions = (0..<6).map { _ in generator.signedUnits(exact.count) }
        func along(_ estimate: [Double], _ direction: [Double]) -> Double {
            zip(estimate, direction).reduce(0) { $0 + $1.0 * $1.1 }
        }
        var sums = [Double](repeating: 0, count: directions.count)
        var squares = sums
        for repetition in 0..<Self.repetitions {
            let signs = PhiloxSigns(seed: Self.seed, stream: repetition)
            let estimate = distorted(run.estimate(make(signs)))
            for (i, direction) in directions.enumerated() {
                let error = along(estimate, direction) - along(exact, direction)
                sums[i] += error
                squares[i] += error * error
            }
        }
        let count = Double(Self.repetitions)
        return zip(sums, squares).map { sum, square in
            let mean = sum / count
            let variance = max(square / count - mean * mean, 0)
            return mean / (variance / count).squareRoot()
        }
    }

    @Test(arguments: [(rank: 1, groups: 1), (rank: 2, groups: 1), (rank: 1, groups: 8)])
    func meanEstimateIsTheExactGradient(rank: Int, groups: Int) {
        let run = leakyRun(seed: Self.seed, units: Self.units, steps: Self.steps)
        let scores = scores(run) {
            NoBackTrackEstimator(cell: run.cell, rank: rank, groups: groups, signSource: $0)
        }
        for score in scores { #expect(score.magnitude < 4, "seed \(Self.seed): \(scores)") }
    }

    @Test func meanOfTheUnbiasedOnlineEstimateIsTheExactGradient() {
        let run = leakyRun(seed: Self.seed, units: Self.units, steps: Self.steps)
        let scores = scores(run) { UnbiasedOnlineEstimator(cell: run.cell, signSource: $0) }
        for score in scores { #expect(score.magnitude < 4, "seed \(Self.seed): \(scores)") }
    }

    /// The same check finds half of the gradient too much.
    @Test func aBiasIsFound() {
        let run = leakyRun(seed: Self.seed, units: Self.units, steps: Self.steps)
        let exact = run.exact
        let scores = scores(
            run, { NoBackTrackEstimator(cell: run.cell, rank: 2, groups: 32, signSource: $0) },
            distorted: { zip($0, exact).map { $0 + 0.5 * $1 } })
        #expect(scores.contains { $0.magnitude > 4 }, "seed \(Self.seed): \(scores)")
    }
}
