import NoBackTrack
import NoBackTrackTestSupport
import RealModule
import Testing

/// A cell by name, so that one suite runs over all of them.
enum TestedCell: String, CaseIterable, Sendable {
    case leakyTanh, sparselyConnected, gatedRecurrent, longShortTerm, influenceBalancing

    /// Units that give a state of two numbers, three where it must be: few enough for every pattern of signs.
    var fewUnits: Int {
        switch self {
        case .leakyTanh, .sparselyConnected, .gatedRecurrent: 2
        case .longShortTerm, .influenceBalancing: 1
        }
    }

    /// Calls the body with a cell of few units.
    func withCell<Result>(
        units: Int, inputs: Int, _ body: (any Cell<Double>) throws -> Result
    ) rethrows -> Result {
        switch self {
        case .leakyTanh:
            try body(LeakyTanhCell<Double>(unitCount: units, inputCount: inputs, slowestLeak: 0.1))
        case .sparselyConnected:
            try body(
                SparselyConnectedCell<Double>(
                    unitCount: units, inputCount: inputs, connectionCount: max(units - 1, 1),
                    slowestLeak: 0.1, generator: Philox(seed: 7, stream: 7)))
        case .gatedRecurrent:
            try body(GatedRecurrentCell<Double>(unitCount: units, inputCount: inputs))
        case .longShortTerm:
            try body(LongShortTermCell<Double>(unitCount: units, inputCount: inputs))
        case .influenceBalancing:
            // One unit of several states, whatever is asked for.
            try body(InfluenceBalancingCell<Double>(stateCount: units + 1, positiveCount: 1))
        }
    }
}

/// Every derivative a cell claims, against central differences.
@Suite struct CellTests {
    /// A cell at a random point.
    struct Point<C: Cell> where C.Scalar == Double {
        let cell: C
        let parameters: [Double]
        let state: [Double]
        let input: [Double]

        init(_ cell: C, seed: UInt64) {
            var generator = SeededGenerator(seed: seed)
            self.cell = cell
            parameters = generator.signedUnits(cell.parameterCount)
            state = generator.signedUnits(cell.stateCount)
            input = generator.signedUnits(cell.inputCount)
        }

        func advanced(_ state: [Double], _ parameters: [Double]) -> [Double] {
            var state = state
            var linearization = cell.makeLinearization()
            cell.advance(
                state: &state, input: input, parameters: parameters, linearization: &linearization)
            return state
        }

        var linearization: C.Linearization {
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

        func checkStateJacobian() {
            let n = cell.stateCount
            let linearization = linearization
            var norms = [Double](repeating: 0, count: n)
            let weights = (0..<n).map { 1 / Double(1 + $0) }
            linearization.stateJacobianColumnSquaredNorms(
                weights: weights, into: &norms, parameters: parameters)
            for i in 0..<n {
                var basis = [Double](repeating: 0, count: n)
                basis[i] = 1
                var column = [Double](repeating: 0, count: n)
                linearization.multiplyStateJacobian(
                    basis, from: 0, units: 0..<cell.unitCount, into: &column, parameters: parameters)
                let numeric = differences(of: { advanced($0, parameters) }, at: state, along: i)
                for k in 0..<n {
                    #expect((column[k] - numeric[k]).magnitude < 1e-9)
                    let entry = linearization.stateJacobianEntry(row: k, column: i, parameters: parameters)
                    #expect((column[k] - entry).magnitude < 1e-14)
                }
                let squaredNorm = zip(weights, column).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }
                #expect((norms[i] - squaredNorm).magnitude < 1e-13)
                var row = [Double](repeating: 0, count: n)
                linearization.multiplyTransposedStateJacobian(
                    basis, from: 0, into: &row, parameters: parameters)
                for k in 0..<n {
                    let entry = linearization.stateJacobianEntry(row: i, column: k, parameters: parameters)
                    #expect((row[k] - entry).magnitude < 1e-14)
                }
            }
        }

        func checkParameterDerivative() {
            let linearization = linearization
            let c = cell.parametersPerUnit
            for p in 0..<cell.parameterCount {
                let numeric = differences(of: { advanced(state, $0) }, at: parameters, along: p)
                for k in 0..<cell.stateCount {
                    guard Array(linearization.states(ofUnit: p / c)).contains(k) else {
                        #expect(numeric[k] == 0)
                        continue
                    }
                    var row = [Double](repeating: 0, count: c + 2)
                    linearization.addParameterDerivative(ofState: k, scaledBy: 2, to: &row, from: 1)
                    #expect((row[1 + p % c] - 2 * numeric[k]).magnitude < 1e-9)
                    #expect(row[0] == 0 && row[c + 1] == 0)
                    let squaredNorm = row.reduce(0) { $0 + $1 * $1 } / 4
                    let claimed = linearization.parameterDerivativeSquaredNorm(ofState: k)
                    #expect((claimed - squaredNorm).magnitude < 1e-13)
                }
            }
        }
    }

    @Test(arguments: TestedCell.allCases) func stateJacobianAgreesWithDifferences(tested: TestedCell) {
        func check<C: Cell>(_ cell: C) where C.Scalar == Double {
            Point(cell, seed: 11).checkStateJacobian()
        }
        tested.withCell(units: 4, inputs: 3) { check($0) }
    }

    @Test(arguments: TestedCell.allCases) func parameterDerivativeAgreesWithDifferences(tested: TestedCell) {
        func check<C: Cell>(_ cell: C) where C.Scalar == Double {
            Point(cell, seed: 11).checkParameterDerivative()
        }
        tested.withCell(units: 3, inputs: 2) { check($0) }
    }

    @Test func leakyTanhComputesEquationsOneToThree() {
        let cell = LeakyTanhCell<Double>(unitCount: 4, inputCount: 3, slowestLeak: 0.1)
        let point = Point(cell, seed: 12)
        let next = point.advanced(point.state, point.parameters)
        let z = point.state + point.input + [1]
        for i in 0..<4 {
            let row = point.parameters[i * cell.parametersPerUnit..<(i + 1) * cell.parametersPerUnit]
            let a = zip(row, z).reduce(0) { $0 + $1.0 * $1.1 }
            let expected = (1 - cell.leak[i]) * point.state[i] + cell.leak[i] * Double.tanh(a)
            #expect((next[i] - expected).magnitude < 1e-15)
        }
    }

    /// The dense cell with zeros where the sparse one has no connection computes the same.
    @Test func sparseCellIsADenseOneWithZeros() {
        let sparse = SparselyConnectedCell<Double>(
            unitCount: 5, inputCount: 2, connectionCount: 3, slowestLeak: 0.1,
            generator: Philox(seed: 3, stream: 4))
        let dense = LeakyTanhCell<Double>(unitCount: 5, inputCount: 2, slowestLeak: 0.1)
        let point = Point(sparse, seed: 15)
        var parameters = [Double](repeating: 0, count: dense.parameterCount)
        for unit in 0..<5 {
            let row = unit * sparse.parametersPerUnit
            for (place, source) in sparse.sources[unit * 3..<unit * 3 + 3].enumerated() {
                parameters[unit * dense.parametersPerUnit + source] = point.parameters[row + place]
            }
            for j in 0..<3 {
                parameters[unit * dense.parametersPerUnit + 5 + j] = point.parameters[row + 3 + j]
            }
        }
        var state = point.state
        var linearization = dense.makeLinearization()
        dense.advance(
            state: &state, input: point.input, parameters: parameters, linearization: &linearization)
        #expect(largestRelativeDifference(state, point.advanced(point.state, point.parameters)) < 1e-15)
    }

    @Test func connectionsAreDistinctAndTheSeedsOwn() {
        func sources(_ seed: UInt64) -> [Int] {
            SparselyConnectedCell<Double>(
                unitCount: 20, inputCount: 1, connectionCount: 10, slowestLeak: 0.1,
                generator: Philox(seed: seed, stream: 0)
            ).sources
        }
        for unit in 0..<20 {
            let own = sources(1)[unit * 10..<unit * 10 + 10]
            #expect(Set(own).count == 10 && own.allSatisfy { (0..<20).contains($0) })
        }
        #expect(sources(1) == sources(1))
        #expect(sources(1) != sources(2))
    }

    /// Every row's bias is what the row is multiplied with where everything else is zero.
    @Test(arguments: TestedCell.allCases) func rowsHaveTheirBiases(tested: TestedCell) {
        func check<C: Cell>(_ cell: C) where C.Scalar == Double {
            let rows = cell.parameterRows
            #expect(rows.map(\.range.count).reduce(0, +) == cell.parametersPerUnit)
            for (one, next) in zip(rows, rows.dropFirst()) {
                #expect(one.range.upperBound == next.range.lowerBound)
            }
            var state = [Double](repeating: 0, count: cell.stateCount)
            var linearization = cell.makeLinearization()
            // Biases of 1 alone: gates stand where no derivative vanishes.
            var parameters = [Double](repeating: 0, count: cell.parameterCount)
            for unit in 0..<cell.unitCount {
                for row in rows { parameters[unit * cell.parametersPerUnit + row.bias] = 1 }
            }
            cell.advance(
                state: &state, input: Array(repeating: 0, count: cell.inputCount), parameters: parameters,
                linearization: &linearization)
            var derivative = [Double](repeating: 0, count: cell.parametersPerUnit)
            for k in linearization.states(ofUnit: 0) {
                linearization.addParameterDerivative(ofState: k, scaledBy: 1, to: &derivative, from: 0)
            }
            let biases = Set(rows.map(\.bias))
            for (j, value) in derivative.enumerated() where !biases.contains(j) { #expect(value == 0) }
            #expect(biases.contains { derivative[$0] != 0 })
        }
        tested.withCell(units: 3, inputs: 2) { check($0) }
    }

    @Test func leaksAreLogSpacedFromOneToTheSlowest() {
        let leaks = LeakyTanhCell<Double>(unitCount: 3, inputCount: 1, slowestLeak: 0.04).leak
        #expect(largestRelativeDifference(leaks, [1, 0.2, 0.04]) < 1e-15)
    }

    /// One unit, one input, written out by hand.
    @Test func gatedRecurrentUnitComputesItsEquations() {
        let cell = GatedRecurrentCell<Double>(unitCount: 1, inputCount: 1)
        let point = Point(cell, seed: 13)
        let w = point.parameters
        let h = point.state[0]
        let x = point.input[0]
        func logistic(_ a: Double) -> Double { 1 / (1 + Double.exp(-a)) }
        let r = logistic(w[0] * x + w[1] + w[2] * h)
        let u = logistic(w[3] * x + w[4] + w[5] * h)
        let q = Double.tanh(w[6] * x + w[7] + r * (w[8] * h + w[9]))
        let next = point.advanced(point.state, w)
        #expect((next[0] - ((1 - u) * q + u * h)).magnitude < 1e-15)
    }

    @Test func longShortTermUnitComputesItsEquations() {
        let cell = LongShortTermCell<Double>(unitCount: 1, inputCount: 1)
        let point = Point(cell, seed: 14)
        let w = point.parameters
        let (c, h, x) = (point.state[0], point.state[1], point.input[0])
        func logistic(_ a: Double) -> Double { 1 / (1 + Double.exp(-a)) }
        func a(_ gate: Int) -> Double { w[3 * gate] * x + w[3 * gate + 1] + w[3 * gate + 2] * h }
        let memory = logistic(a(1)) * c + logistic(a(0)) * Double.tanh(a(3))
        let next = point.advanced(point.state, w)
        #expect((next[0] - memory).magnitude < 1e-15)
        #expect((next[1] - logistic(a(2)) * Double.tanh(memory)).magnitude < 1e-15)
    }
}
