// Leaky tanh units with a fixed number of random incoming connections each, as NoBackTrack's authors ran them
// (20 units with 10 each).
//
//   symbol   name               shape
//   h        state              n
//   x        input              m
//   s_i      sources            k of 0..<n, distinct, fixed
//   z_i      augmented input    c = k + m + 1     [h_s(t-1) for s in s_i; x(t); 1]
//   W = θ    parameters         n × c, row-major
//   α        leak               n                 h_i ← (1 - α_i) h_i + α_i tanh(W_i z_i)
//   D        gain               n                 D = α (1 - tanh²)
//   A        state Jacobian     n × n, sparse     A_ij = (1 - α_i) [i = j] + D_i W_is where j = s_i[s]

import CNoBackTrackKernels
import RealModule

/// Leaky tanh units that see some of the units each.
package struct SparselyConnectedCell<Scalar: LearnerScalar>: Cell {
    package let unitCount: Int
    package let inputCount: Int
    /// k, incoming connections of each unit.
    package let connectionCount: Int
    /// α per unit, in (0, 1].
    package let leak: [Scalar]
    /// For every unit the k units it sees, ascending; unitCount × connectionCount.
    package let sources: [Int]
    private let start: LeakyStart

    package var stateCount: Int { unitCount }
    package var parametersPerUnit: Int { connectionCount + inputCount + 1 }
    package var readoutStates: Range<Int> { 0..<unitCount }
    package var parameterRows: [ParameterRow] {
        [ParameterRow(range: 0..<parametersPerUnit, bias: parametersPerUnit - 1)]
    }

    /// Units with the given leaks, connected at random.
    ///
    /// - Parameters:
    ///   - inputCount: m ≥ 0.
    ///   - connectionCount: k, 1 … unitCount.
    ///   - leak: α per unit, in (0, 1].
    ///   - generator: decides who is connected.
    ///   - start: what the weights are like at the start.
    package init(
        inputCount: Int, connectionCount: Int, leak: [Scalar], generator: Philox,
        start: LeakyStart = LeakyStart()
    ) {
        precondition(inputCount >= 0 && (1...max(leak.count, 1)).contains(connectionCount))
        precondition(!leak.isEmpty && leak.allSatisfy { $0 > 0 && $0 <= 1 })
        unitCount = leak.count
        self.inputCount = inputCount
        self.connectionCount = connectionCount
        self.leak = leak
        self.start = start
        sources = (0..<leak.count).flatMap { unit in
            Self.draw(connectionCount, of: leak.count, unit: unit, generator)
        }
    }

    /// Units whose leaks are log-spaced from 1 down to the slowest one's.
    package init(
        unitCount: Int, inputCount: Int, connectionCount: Int, slowestLeak: Double, generator: Philox,
        start: LeakyStart = LeakyStart()
    ) {
        self.init(
            inputCount: inputCount, connectionCount: connectionCount,
            leak: logSpacedLeaks(unitCount, slowest: slowestLeak), generator: generator, start: start)
    }

    /// k of n numbers without repetition: the first k steps of a Fisher–Yates shuffle.
    private static func draw(_ k: Int, of n: Int, unit: Int, _ generator: Philox) -> [Int] {
        var numbers = Array(0..<n)
        for place in 0..<k {
            let bits = generator.block(
                purpose: .connections, step: UInt64(unit), lane: 0, index: UInt32(place))
            // 64 bits on at most 2¹² places: the bias is below 2⁻⁵².
            let word = UInt64(bits[0]) << 32 | UInt64(bits[1])
            numbers.swapAt(place, place + Int(word % UInt64(n - place)))
        }
        return numbers[..<k].sorted()
    }

    /// Weights as a dense network's of k units: ``LeakyTanhCell/initialParameters(_:)``.
    package func initialParameters(_ generator: Philox) -> [Scalar] {
        leakyInitialParameters(
            generator, unitCount: unitCount, connectionCount: connectionCount, inputCount: inputCount,
            start: start)
    }

    package func makeLinearization() -> Linearization {
        Linearization(
            sources: sources, connectionCount: connectionCount, complement: leak.map { 1 - $0 },
            gain: Array(repeating: 0, count: unitCount),
            gathered: Array(repeating: 0, count: unitCount * parametersPerUnit),
            preactivation: Array(repeating: 0, count: unitCount),
            segments: [nbt_segment(start: 0, source: 0, count: parametersPerUnit)])
    }

    @specialized(where Scalar == Float)
    package func advance(
        state: inout [Scalar], input: [Scalar], parameters: [Scalar], linearization: inout Linearization
    ) {
        precondition(state.count == stateCount && input.count == inputCount)
        precondition(parameters.count == parameterCount)
        let k = connectionCount
        let c = parametersPerUnit
        for i in 0..<unitCount {
            for s in 0..<k { linearization.gathered[i * c + s] = state[sources[i * k + s]] }
            for j in 0..<inputCount { linearization.gathered[i * c + k + j] = input[j] }
            linearization.gathered[i * c + c - 1] = 1
        }
        for i in 0..<unitCount {
            linearization.preactivation[i] = dot(
                parameters, from: i * c, linearization.gathered, at: i * c, count: c)
        }
        Scalar.Kernels.leak(
            linearization.preactivation, leak: leak, complement: linearization.complement, state: &state,
            gain: &linearization.gain, count: unitCount)
    }
}

extension SparselyConnectedCell {
    /// D and all z_i of the step; A is read off the parameters.
    package struct Linearization: SegmentedLinearization {
        fileprivate let sources: [Int]
        fileprivate let connectionCount: Int
        /// 1 − α per unit.
        fileprivate let complement: [Scalar]
        /// D per unit.
        fileprivate var gain: [Scalar]
        /// z_i per unit; n × c.
        fileprivate var gathered: [Scalar]
        /// What each unit is about to squash; of use only while the step is taken.
        fileprivate var preactivation: [Scalar]
        let segments: [nbt_segment]

        var sourceStride: Int { parametersPerUnit }
        var statesPerUnit: Int { 1 }
        var source: [Scalar] { gathered }
        var gains: [Scalar] { gain }
        private var parametersPerUnit: Int { gathered.count / gain.count }

        package func states(ofUnit unit: Int) -> StrideTo<Int> { stride(from: unit, to: unit + 1, by: 1) }

        package func multiplyStateJacobian(
            _ v: [Scalar], _ vPlaces: VectorPlaces, units: Range<Int>, into out: inout [Scalar],
            _ outPlaces: VectorPlaces, parameters: [Scalar]
        ) {
            let n = gain.count
            let c = parametersPerUnit
            precondition(vPlaces.fit(length: n, in: v.count) && outPlaces.fit(length: n, in: out.count))
            precondition(vPlaces.count == outPlaces.count && parameters.count == n * c)
            let isWhole = units == 0..<n
            for q in 0..<vPlaces.count {
                let from = vPlaces.start + q * vPlaces.stride
                let to = outPlaces.start + q * outPlaces.stride
                for i in 0..<n {
                    var product = Scalar.zero
                    for s in 0..<connectionCount {
                        let j = sources[i * connectionCount + s]
                        if isWhole || units.contains(j) { product += parameters[i * c + s] * v[from + j] }
                    }
                    let own = isWhole || units.contains(i) ? complement[i] * v[from + i] : 0
                    out[to + i] = own + gain[i] * product
                }
            }
        }

        package func multiplyTransposedStateJacobian(
            _ v: [Scalar], from start: Int, into out: inout [Scalar], parameters: [Scalar]
        ) {
            let n = gain.count
            let c = parametersPerUnit
            precondition(start + n <= v.count && out.count == n && parameters.count == n * c)
            for i in 0..<n { out[i] = complement[i] * v[start + i] }
            for i in 0..<n {
                let weight = gain[i] * v[start + i]
                for s in 0..<connectionCount {
                    out[sources[i * connectionCount + s]] += weight * parameters[i * c + s]
                }
            }
        }

        package func stateJacobianEntry(row: Int, column: Int, parameters: [Scalar]) -> Scalar {
            let own = sources[row * connectionCount..<(row + 1) * connectionCount]
            var entry = row == column ? complement[row] : 0
            if let place = own.firstIndex(of: column) {
                entry += gain[row] * parameters[row * parametersPerUnit + place - own.startIndex]
            }
            return entry
        }

        package func stateJacobianColumnSquaredNorms(
            weights: [Scalar], into out: inout [Scalar], parameters: [Scalar]
        ) {
            let n = gain.count
            let c = parametersPerUnit
            precondition(weights.count == n && out.count == n && parameters.count == n * c)
            for i in 0..<n { out[i] = 0 }
            for i in 0..<n {
                var seesItself = false
                for s in 0..<connectionCount {
                    let source = sources[i * connectionCount + s]
                    var entry = gain[i] * parameters[i * c + s]
                    if source == i {
                        entry += complement[i]
                        seesItself = true
                    }
                    out[source] += weights[i] * entry * entry
                }
                if !seesItself { out[i] += weights[i] * complement[i] * complement[i] }
            }
        }

        package func addParameterDerivative(
            ofState k: Int, scaledBy s: Scalar, to rows: inout [Scalar], from start: Int
        ) {
            let c = parametersPerUnit
            addScaled(gathered, from: k * c, by: s * gain[k], to: &rows, at: start, count: c)
        }

        package func parameterDerivativeSquaredNorm(ofState k: Int) -> Scalar {
            let c = parametersPerUnit
            return gain[k] * gain[k] * squaredNorm(gathered, from: k * c, count: c)
        }

        package mutating func exchange(
            with coder: inout StateCoder, prefix: String
        ) throws(StateError) {
            try coder.exchange("\(prefix).gain", shape: [gain.count], &gain)
            try coder.exchange(
                "\(prefix).augmented_input", shape: [gain.count, parametersPerUnit], &gathered)
        }
    }
}
