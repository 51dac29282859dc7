import NoBackTrack
import NoBackTrackTestSupport
import Testing

/// NoBackTrack as equations (10)–(15) have it, written out with dense vectors for a leaky tanh cell: the naive twin of
/// the estimator, and what carries the flaws that the tests must find.
struct NaiveNoBackTrack {
    enum Flaw: CaseIterable {
        /// A row enters w̄ with the sign of another.
        case swappedSigns
        /// A row enters w̄ with the wrong sign.
        case oppositeSign
        /// ρ_i in the place of 1/ρ_i.
        case scalingNotInverted
        /// w̄ keeps its length while v̄ is scaled.
        case scalingOfOneFactor
        /// The newest rows are counted twice.
        case newestRowsTwice
    }

    let run: TinyRun<LeakyTanhCell<Double>>
    var flaw: Flaw?

    /// G̃ after the run's inputs under a pattern of signs, n × P.
    func estimate(_ signs: EnumeratedSigns) -> [Double] {
        let n = run.cell.stateCount
        let c = run.cell.parametersPerUnit
        let P = n * c
        var h = [Double](repeating: 0, count: n)
        var v̄ = h
        var w̄ = [Double](repeating: 0, count: P)
        var rows = [[Double]](repeating: w̄, count: n)
        var linearization = run.cell.makeLinearization()
        for (t, input) in run.inputs.enumerated() {
            run.cell.advance(
                state: &h, input: input, parameters: run.parameters, linearization: &linearization)
            let A = (0..<n).map { i in
                (0..<n).map {
                    linearization.stateJacobianEntry(row: i, column: $0, parameters: run.parameters)
                }
            }
            var ε = [Double](repeating: 0, count: n + 1)
            signs.draw(&ε, step: UInt64(t), pair: 0)
            let Av̄ = A.map { zip($0, v̄).reduce(0) { $0 + $1.0 * $1.1 } }
            func norm(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }
            func ρ(_ w: [Double], _ v: [Double]) -> Double {
                ((norm(w) + 1e-12) / (norm(v) + 1e-12)).squareRoot()
            }
            let ρ_0 = ρ(w̄, Av̄)  // (14)
            var nextV̄ = Av̄.map { ε[0] * ρ_0 * $0 }  // (11)
            var nextW̄ = w̄.map { flaw == .scalingOfOneFactor ? ε[0] * $0 : ε[0] * $0 / ρ_0 }  // (12)
            if norm(w̄) == 0 {
                nextV̄ = nextV̄.map { _ in 0 }
            }
            for i in 0..<n where norm(rows[i]) > 0 {
                let column = A.map { $0[i] }
                let ρ_i = ρ(rows[i], column)
                for k in 0..<n { nextV̄[k] += ε[i + 1] * ρ_i * column[k] }
                var coefficient = flaw == .scalingNotInverted ? ε[i + 1] * ρ_i : ε[i + 1] / ρ_i
                if flaw == .oppositeSign && i == 0 { coefficient = -coefficient }
                if flaw == .swappedSigns { coefficient *= ε[i + 1] * ε[1 + (i + 1) % n] }
                for p in 0..<P { nextW̄[p] += coefficient * rows[i][p] }
            }
            v̄ = nextV̄
            w̄ = nextW̄
            // (13)
            for i in 0..<n {
                rows[i] = [Double](repeating: 0, count: P)
                linearization.addParameterDerivative(
                    ofState: i, scaledBy: flaw == .newestRowsTwice ? 2 : 1, to: &rows[i], from: i * c)
            }
        }
        return (0..<n).flatMap { k in (0..<P).map { v̄[k] * w̄[$0] + rows[k][$0] } }  // (10)
    }

    /// The mean over every pattern.
    var mean: [Double] {
        let bits = (run.cell.stateCount + 1) * run.inputs.count
        let all = (0..<UInt64(1) << UInt64(bits)).map { pattern in
            estimate(
                EnumeratedSigns(pattern: pattern, signsPerDraw: run.cell.stateCount + 1, pairs: 1))
        }
        return NoBackTrackTests.mean(of: all)
    }
}

/// The enumeration finds what is wrong, and the estimator is its naive twin.
@Suite struct FlawedNoBackTrackTests {
    @Test(arguments: [UInt64(0), 5, 77, 300, 511]) func estimatorIsItsNaiveTwin(pattern: UInt64) {
        let run = leakyRun(seed: 41)
        let signs = EnumeratedSigns(pattern: pattern, signsPerDraw: 3, pairs: 1)
        let fast = run.estimate(NoBackTrackEstimator(cell: run.cell, rank: 1, signSource: signs))
        let naive = NaiveNoBackTrack(run: run).estimate(signs)
        #expect(largestRelativeDifference(fast, naive) < 1e-13, "pattern \(pattern)")
    }

    @Test func naiveTwinIsUnbiased() {
        let run = leakyRun(seed: 42)
        #expect(largestDifference(NaiveNoBackTrack(run: run).mean, run.exact) < 1e-12)
    }

    @Test(arguments: NaiveNoBackTrack.Flaw.allCases) func everyFlawIsFound(flaw: NaiveNoBackTrack.Flaw) {
        let run = leakyRun(seed: 42)
        #expect(largestDifference(NaiveNoBackTrack(run: run, flaw: flaw).mean, run.exact) > 1e-3)
    }
}
