import NoBackTrack
import NoBackTrackTestSupport
import RealModule
import Testing

/// The filter and its metric against matrices written out.
@Suite struct FilterTests {
    static let rows = [ParameterRow(range: 0..<3, bias: 2), ParameterRow(range: 3..<5, bias: 3)]

    /// One unit's J as a whole matrix, as far as the metric keeps it.
    func matrix(_ rows: [[Double]], weights: [Double], prior: [Double], _ kind: FilterMetricKind)
        -> [[Double]]
    {
        let c = prior.count
        var J = (0..<c).map { i in (0..<c).map { i == $0 ? prior[i] : 0.0 } }
        for (h, weight) in zip(rows, weights) {
            for row in Self.rows {
                for i in row.range {
                    J[i][i] += weight * h[i] * h[i]
                    guard kind == .quasiDiagonal, i != row.bias else { continue }
                    J[i][row.bias] += weight * h[i] * h[row.bias]
                    J[row.bias][i] += weight * h[i] * h[row.bias]
                }
            }
        }
        // What the quasi-diagonal keeps stands for the matrix in which weights meet through the bias alone.
        guard kind == .quasiDiagonal else { return J }
        for row in Self.rows {
            for i in row.range where i != row.bias {
                for j in row.range where j != row.bias && j != i {
                    J[i][j] = J[i][row.bias] * J[j][row.bias] / J[row.bias][row.bias]
                }
            }
        }
        return J
    }

    func metric(_ kind: FilterMetricKind, _ rows: [[Double]], _ weights: [Double], prior: [Double])
        -> FilterMetric<Double>
    {
        var metric = FilterMetric<Double>(
            kind: kind, unitCount: 2, rows: Self.rows, prior: [1, 1, 1, 1, 1] + prior,
            priorWithBias: [0, 0, 1, 1, 0] + [0, 0, prior[2], prior[3], 0])
        for (h, weight) in zip(rows, weights) { metric.add([9] + h, from: 1, by: weight, unit: 1) }
        return metric
    }

    @Test(arguments: [FilterMetricKind.diagonal, .quasiDiagonal], [UInt64(61), 62, 63])
    func solutionSolves(kind: FilterMetricKind, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let h = (0..<4).map { _ in generator.signedUnits(5) }
        let weights = [0.5, 1.0, 2.0, 0.25]
        let prior = [0.5, 1.0, 0.75, 1.25, 0.3]
        let metric = metric(kind, h, weights, prior: prior)
        let J = matrix(h, weights: weights, prior: prior, kind)
        let g = generator.signedUnits(5)
        var solution = g
        metric.solve(&solution, unit: 1, damping: 0)
        let back = J.map { zip($0, solution).reduce(0) { $0 + $1.0 * $1.1 } }
        #expect(largestRelativeDifference(back, g) < 1e-12, "seed \(seed)")
    }

    @Test(arguments: [FilterMetricKind.diagonal, .quasiDiagonal], [0.0, 0.5])
    func productIsTheOneOfTheSolution(kind: FilterMetricKind, damping: Double) {
        var generator = SeededGenerator(seed: 64)
        let metric = metric(
            kind, (0..<3).map { _ in generator.signedUnits(5) }, [1, 1, 1], prior: [1, 1, 1, 1, 1])
        let a = generator.signedUnits(5)
        let b = generator.signedUnits(5)
        var solution = b
        metric.solve(&solution, unit: 1, damping: damping)
        let expected = zip(a, solution).reduce(0) { $0 + $1.0 * $1.1 }
        let product = metric.product([0] + a, from: 1, [0, 0] + b, from: 2, unit: 1, damping: damping)
        #expect((product - expected).magnitude < 1e-12)
    }

    /// The recursion of the file's head, written out.
    @Test(arguments: [FilterObservation.outerProduct, .full])
    func filterFollowsItsEquations(observation: FilterObservation) {
        var generator = SeededGenerator(seed: 65)
        var settings = FilterSettings<Double>()
        settings.observation = observation
        settings.smallestForgetting = 0.05
        settings.warmUp = 10
        var filter = FilterStep(
            unitCount: 1, parametersPerUnit: 2, settings: settings,
            metric: FilterMetric(
                kind: .diagonal, unitCount: 1, rows: [ParameterRow(range: 0..<2, bias: 1)], prior: [0, 0]))
        var θ = [0.3, -0.2]
        var expected = θ
        var M = [0.0, 0.0]
        var m = [0.0, 0.0]
        for t in 1...600 {
            let g = generator.signedUnits(2)
            let H = (0..<3).map { _ in generator.signedUnits(2) }
            filter.update(
                unit: 0, gradient: observation == .full ? g + H.flatMap { $0 } : g, parameters: &θ)
            let γ = max(0.05, 1 / Double(t + 100).squareRoot())
            let η = 0.1 * min(1, Double(t) / 10)
            for j in 0..<2 {
                let curvature = observation == .full ? H.reduce(0) { $0 + $1[j] * $1[j] } : g[j] * g[j]
                M[j] += γ * (curvature - M[j])
                m[j] = 0.9 * m[j] + 0.1 * g[j]
                expected[j] -= η * γ * m[j] / (M[j] + 3 * γ)
            }
        }
        #expect(largestRelativeDifference(θ, expected) < 1e-12)
    }
}
