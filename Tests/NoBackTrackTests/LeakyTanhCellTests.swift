import NoBackTrack
import NoBackTrackTestSupport
import RealModule
import Testing

/// The cell's derivatives against central differences.
@Suite struct LeakyTanhCellTests {
    let seed: UInt64
    let cell: LeakyTanhCell<Double>
    let parameters: [Double]
    let state: [Double]
    let input: [Double]

    init() {
        seed = 11
        var generator = SeededGenerator(seed: seed)
        cell = LeakyTanhCell(unitCount: 4, inputCount: 3, slowestLeak: 0.1)
        parameters = generator.signedUnits(cell.parameterCount)
        state = generator.signedUnits(4)
        input = generator.signedUnits(3)
    }

    func advanced(_ state: [Double], _ parameters: [Double]) -> [Double] {
        var state = state
        var linearization = cell.makeLinearization()
        cell.advance(
            state: &state, input: input, parameters: parameters, linearization: &linearization)
        return state
    }

    func linearized() -> LeakyTanhCell<Double>.Linearization {
        var state = state
        var linearization = cell.makeLinearization()
        cell.advance(
            state: &state, input: input, parameters: parameters, linearization: &linearization)
        return linearization
    }

    /// The i-th column of a derivative by central differences; the error is of order step².
    func differences(of function: ([Double]) -> [Double], at point: [Double], along i: Int) -> [Double] {
        let step = 1e-5
        var up = point
        var down = point
        up[i] += step
        down[i] -= step
        return zip(function(up), function(down)).map { ($0 - $1) / (2 * step) }
    }

    @Test func computesEquationsOneToThree() {
        let next = advanced(state, parameters)
        let z = state + input + [1]
        for i in 0..<4 {
            let row = parameters[i * cell.parametersPerUnit..<(i + 1) * cell.parametersPerUnit]
            let a = zip(row, z).reduce(0) { $0 + $1.0 * $1.1 }
            let squashed = Double.tanh(a)
            let expected = (1 - cell.leak[i]) * state[i] + cell.leak[i] * squashed
            #expect((next[i] - expected).magnitude < 1e-15)
        }
    }

    @Test func stateJacobianAgreesWithDifferences() {
        let linearization = linearized()
        var norms = [Double](repeating: 0, count: 4)
        linearization.stateJacobianColumnSquaredNorms(into: &norms, parameters: parameters)
        for i in 0..<4 {
            var basis = [Double](repeating: 0, count: 4)
            basis[i] = 1
            var column = [Double](repeating: 0, count: 4)
            linearization.multiplyStateJacobian(basis, from: 0, into: &column, parameters: parameters)
            let numeric = differences(of: { advanced($0, parameters) }, at: state, along: i)
            #expect(largestRelativeDifference(column, numeric) < 1e-9)
            let squaredNorm = column.reduce(0) { $0 + $1 * $1 }
            #expect((norms[i] - squaredNorm).magnitude < 1e-14)
        }
    }

    @Test func parameterDerivativeAgreesWithDifferencesAndIsZeroForOtherUnits() {
        let linearization = linearized()
        let c = cell.parametersPerUnit
        for p in 0..<cell.parameterCount {
            let numeric = differences(of: { advanced(state, $0) }, at: parameters, along: p)
            for k in 0..<4 {
                guard linearization.states(ofUnit: p / c).contains(k) else {
                    #expect(numeric[k] == 0)
                    continue
                }
                var row = [Double](repeating: 0, count: c)
                linearization.addParameterDerivative(ofState: k, scaledBy: 1, to: &row, from: 0)
                #expect((row[p % c] - numeric[k]).magnitude < 1e-9)
                let squaredNorm = row.reduce(0) { $0 + $1 * $1 }
                let claimed = linearization.parameterDerivativeSquaredNorm(ofState: k)
                #expect((claimed - squaredNorm).magnitude < 1e-14)
            }
        }
    }

    @Test func leaksAreLogSpacedFromOneToTheSlowest() {
        let leaks = LeakyTanhCell<Double>(unitCount: 3, inputCount: 1, slowestLeak: 0.04).leak
        #expect(largestRelativeDifference(leaks, [1, 0.2, 0.04]) < 1e-15)
    }
}
