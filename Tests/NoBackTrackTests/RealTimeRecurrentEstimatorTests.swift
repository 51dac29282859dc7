import NoBackTrack
import NoBackTrackTestSupport
import RealModule
import Testing

/// RTRL, which everything else is measured against, measured itself against full backpropagation through
/// time and against central differences.
@Suite struct RealTimeRecurrentEstimatorTests {
    /// h at every step, from h = 0.
    func states(_ run: TinyRun<LeakyTanhCell<Double>>, parameters: [Double]) -> [[Double]] {
        var state = [Double](repeating: 0, count: run.cell.stateCount)
        var linearization = run.cell.makeLinearization()
        return run.inputs.map { input in
            run.cell.advance(
                state: &state, input: input, parameters: parameters, linearization: &linearization)
            return state
        }
    }

    /// ∂h_k(T)/∂θ by unrolling the whole run and going back through it, written out from (1)–(3) alone.
    func backpropagated(_ run: TinyRun<LeakyTanhCell<Double>>, state k: Int) -> [Double] {
        let n = run.cell.stateCount
        let c = run.cell.parametersPerUnit
        let trajectory = states(run, parameters: run.parameters)
        var gradient = [Double](repeating: 0, count: run.cell.parameterCount)
        var adjoint = [Double](repeating: 0, count: n)
        adjoint[k] = 1
        for t in run.inputs.indices.reversed() {
            let before = t == 0 ? [Double](repeating: 0, count: n) : trajectory[t - 1]
            let z = before + run.inputs[t] + [1]
            var earlier = [Double](repeating: 0, count: n)
            for i in 0..<n {
                let a = (0..<c).reduce(0.0) { $0 + run.parameters[i * c + $1] * z[$1] }
                let gain = run.cell.leak[i] * (1 - Double.tanh(a) * Double.tanh(a))
                for j in 0..<c { gradient[i * c + j] += adjoint[i] * gain * z[j] }
                for j in 0..<n { earlier[j] += adjoint[i] * gain * run.parameters[i * c + j] }
                earlier[i] += adjoint[i] * (1 - run.cell.leak[i])
            }
            adjoint = earlier
        }
        return gradient
    }

    @Test(arguments: [UInt64(31), 32, 33]) func agreesWithFullBackpropagation(seed: UInt64) {
        let run = leakyRun(seed: seed, units: 4, steps: 12)
        let P = run.cell.parameterCount
        let exact = run.exact
        for k in 0..<run.cell.stateCount {
            let row = Array(exact[k * P..<(k + 1) * P])
            #expect(
                largestRelativeDifference(row, backpropagated(run, state: k)) < 1e-13, "seed \(seed)")
        }
    }

    @Test(arguments: [UInt64(34), 35]) func agreesWithCentralDifferences(seed: UInt64) {
        let run = leakyRun(seed: seed, units: 3, steps: 8)
        let P = run.cell.parameterCount
        let exact = run.exact
        let step = 1e-5
        for p in 0..<P {
            var up = run.parameters
            var down = run.parameters
            up[p] += step
            down[p] -= step
            let last = run.inputs.count - 1
            let high = states(run, parameters: up)[last]
            let low = states(run, parameters: down)[last]
            for k in 0..<run.cell.stateCount {
                let numeric = (high[k] - low[k]) / (2 * step)
                #expect((exact[k * P + p] - numeric).magnitude < 1e-8, "seed \(seed)")
            }
        }
    }
}
