import NoBackTrack
import NoBackTrackTestSupport
import RealModule
import Testing

@Suite struct SoftmaxReadoutTests {
    static let symbols = 4
    static let features = 3

    /// A readout that has learned a little from random symbols.
    static func readout(seed: UInt64) -> (readout: SoftmaxReadout, features: [Double]) {
        var generator = SeededGenerator(seed: seed)
        var readout = SoftmaxReadout(
            symbolCount: symbols, featureCount: features, schedule: StepSchedule(stepSize: 0.1))
        for _ in 0..<30 {
            let f = generator.signedUnits(features)
            readout.evaluate(f, used: symbols)
            readout.learn(symbol: Int.random(in: 0..<symbols, using: &generator), used: symbols, features: f)
        }
        return (readout, generator.signedUnits(features))
    }

    static func loss(_ readout: SoftmaxReadout, _ features: [Double], symbol: Int) -> Double {
        var readout = readout
        readout.evaluate(features, used: symbols)
        return -Double.log(readout.probabilities[symbol])
    }

    @Test(arguments: [UInt64(71), 72]) func derivativesAgreeWithDifferences(seed: UInt64) {
        var (readout, f) = Self.readout(seed: seed)
        readout.evaluate(f, used: Self.symbols)
        var delta = [Float](repeating: 0, count: Self.features + 1)
        readout.differentiate(symbol: 2, used: Self.symbols, features: 0..<Self.features, into: &delta, at: 1)
        for j in 0..<Self.features {
            var (up, down) = (f, f)
            up[j] += 1e-5
            down[j] -= 1e-5
            let numeric = (Self.loss(readout, up, symbol: 2) - Self.loss(readout, down, symbol: 2)) / 2e-5
            #expect((Double(delta[1 + j]) - numeric).magnitude < 1e-6, "seed \(seed)")
        }
    }

    /// Σ_q C_qᵀ C_q is the Hessian of the loss by the features, whatever symbol came.
    @Test(arguments: [UInt64(73), 74]) func curvatureIsTheHessian(seed: UInt64) {
        var (readout, f) = Self.readout(seed: seed)
        readout.evaluate(f, used: Self.symbols)
        let n = Self.features
        var rows = [Float](repeating: 0, count: Self.symbols * n)
        readout.curvature(used: Self.symbols, features: 0..<n, into: &rows, at: 0, stride: n)
        let step = 1e-4
        for i in 0..<n {
            for j in 0..<n {
                func moved(_ a: Double, _ b: Double) -> Double {
                    var g = f
                    g[i] += a * step
                    g[j] += b * step
                    return Self.loss(readout, g, symbol: 1)
                }
                let numeric = (moved(1, 1) - moved(1, -1) - moved(-1, 1) + moved(-1, -1)) / (4 * step * step)
                let product = (0..<Self.symbols).reduce(0.0) {
                    $0 + Double(rows[$1 * n + i]) * Double(rows[$1 * n + j])
                }
                #expect((product - numeric).magnitude < 1e-5, "seed \(seed)")
            }
        }
    }

    @Test func symbolsNotInUseHaveNoProbability() {
        var readout = SoftmaxReadout(symbolCount: 5, featureCount: 1, schedule: StepSchedule(stepSize: 0.1))
        readout.evaluate([1], used: 2)
        #expect(readout.probabilities == [0.5, 0.5, 0, 0, 0])
    }
}
