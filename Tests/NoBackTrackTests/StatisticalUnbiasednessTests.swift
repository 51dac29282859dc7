import NoBackTrack
import NoBackTrackTestSupport
import Testing

/// Networks too large for every pattern of signs: the mean over many draws is within standard errors of the exact
/// gradient along the gradient itself and along random directions, and the same draws tell where a part of the gradient
/// is missing.
@Suite struct StatisticalUnbiasednessTests {
    static let units = 32
    static let steps = 3
    static let seed: UInt64 = 2_024

    /// z-scores of the mean estimate: first along the gradient, then along random directions.
    ///
    /// - Returns: those of the estimator, and those along the gradient had it left out so much of it.
    func scores<E: Estimator>(
        _ run: TinyRun<LeakyTanhCell<Double>>, repetitions: Int, leavingOut part: Double,
        _ make: (PhiloxSigns) -> E
    ) -> (own: [Double], flawed: Double) where E.Network == LeakyTanhCell<Double> {
        let exact = run.exact
        var generator = SeededGenerator(seed: Self.seed)
        let directions = [exact] + (0..<5).map { _ in generator.signedUnits(exact.count) }
        func along(_ estimate: [Double], _ direction: [Double]) -> Double {
            zip(estimate, direction).reduce(0) { $0 + $1.0 * $1.1 }
        }
        var sums = [Double](repeating: 0, count: directions.count)
        var squares = sums
        let truths = directions.map { along(exact, $0) }
        for repetition in 0..<UInt64(repetitions) {
            let estimate = run.estimate(make(PhiloxSigns(seed: Self.seed, stream: repetition)))
            for (i, direction) in directions.enumerated() {
                let error = along(estimate, direction) - truths[i]
                sums[i] += error
                squares[i] += error * error
            }
        }
        let count = Double(repetitions)
        let standardErrors = zip(sums, squares).map { sum, square in
            (max(square / count - sum * sum / count / count, 0) / count).squareRoot()
        }
        let own = zip(sums, standardErrors).map { $0 / count / $1 }
        return (own, (sums[0] / count - part * truths[0]) / standardErrors[0])
    }

    func check(_ scores: (own: [Double], flawed: Double)) {
        for score in scores.own { #expect(score.magnitude < 4, "seed \(Self.seed): \(scores.own)") }
        #expect(scores.flawed < -4, "seed \(Self.seed): a missing part is not found")
    }

    @Test(arguments: [(rank: 1, groups: 1), (rank: 4, groups: 1), (rank: 1, groups: 8)])
    func meanEstimateIsTheExactGradient(rank: Int, groups: Int) {
        let run = leakyRun(seed: Self.seed, units: Self.units, steps: Self.steps)
        check(
            scores(run, repetitions: 200, leavingOut: 0.6) {
                NoBackTrackEstimator(cell: run.cell, rank: rank, groups: groups, signSource: $0)
            })
    }

    @Test func meanOfTheUnbiasedOnlineEstimateIsTheExactGradient() {
        let run = leakyRun(seed: Self.seed, units: Self.units, steps: Self.steps)
        check(
            scores(run, repetitions: 1000, leavingOut: 0.8) {
                UnbiasedOnlineEstimator(cell: run.cell, signSource: $0)
            })
    }
}
