// A leaky tanh network with a spread of time scales, equations (1)–(5).
//
//   symbol   name               shape
//   h        state              n
//   x        input              m
//   z        augmented input    c = n + m + 1     [h(t-1); x(t); 1]                       (1)
//   W = θ    parameters         n × c, row-major
//   a        preactivation      n                 a = W z                                 (2)
//   α        leak               n                 h ← (1 - α) h + α tanh(a)               (3)
//   D        gain               n                 D = α (1 - tanh²(a))
//   A        state Jacobian     n × n             diag(1 - α) + diag(D) W[:, 0..<n]       (4)
//   w_i      row derivative     c                 ∂h_i/∂W_i = D_i z                       (5)

import CNoBackTrackKernels
import RealModule

/// Leaky tanh units, every one with a time scale of its own.
package struct LeakyTanhCell<Scalar: LearnerScalar>: Cell {
    package let unitCount: Int
    package let inputCount: Int
    /// α per unit, in (0, 1].
    package let leak: [Scalar]
    private let start: LeakyStart

    package var stateCount: Int { unitCount }
    package var parametersPerUnit: Int { unitCount + inputCount + 1 }
    package var readoutStates: Range<Int> { 0..<unitCount }
    package var parameterRows: [ParameterRow] {
        [ParameterRow(range: 0..<parametersPerUnit, bias: parametersPerUnit - 1)]
    }

    /// Units whose leaks are log-spaced from 1 down to the slowest one's.
    ///
    /// - Parameters:
    ///   - unitCount: n ≥ 1.
    ///   - inputCount: m ≥ 0.
    ///   - slowestLeak: the last unit's α, in (0, 1].
    ///   - start: what the weights are like at the start.
    package init(
        unitCount: Int, inputCount: Int, slowestLeak: Double, start: LeakyStart = LeakyStart()
    ) {
        self.init(
            inputCount: inputCount, leak: logSpacedLeaks(unitCount, slowest: slowestLeak), start: start)
    }

    /// Units with the given leaks.
    package init(inputCount: Int, leak: [Scalar], start: LeakyStart = LeakyStart()) {
        precondition(!leak.isEmpty && leak.allSatisfy { $0 > 0 && $0 <= 1 })
        self.unitCount = leak.count
        self.inputCount = inputCount
        self.leak = leak
        self.start = start
    }

    /// Recurrent weights uniform with the spectral radius asked for, input weights uniform with variance 1/(3m) times
    /// the square of the scale, so that a standardised input moves a unit inside its linear range, small biases.
    package func initialParameters(_ generator: Philox) -> [Scalar] {
        leakyInitialParameters(
            generator, unitCount: unitCount, connectionCount: unitCount, inputCount: inputCount,
            start: start)
    }

    package func makeLinearization() -> Linearization {
        Linearization(
            complement: leak.map { 1 - $0 }, gain: Array(repeating: 0, count: unitCount),
            augmentedInput: Array(repeating: 0, count: parametersPerUnit),
            preactivation: Array(repeating: 0, count: unitCount),
            segments: [nbt_segment(start: 0, source: 0, count: parametersPerUnit)])
    }

    @specialized(where Scalar == Float)
    package func advance(
        state: inout [Scalar], input: [Scalar], parameters: [Scalar], linearization: inout Linearization
    ) {
        precondition(state.count == stateCount && input.count == inputCount)
        precondition(parameters.count == parameterCount)
        let n = unitCount
        let c = parametersPerUnit
        linearization.augment(state: state, input: input)
        multiply(
            parameters, from: 0, stride: c, rowCount: n, columnCount: c, linearization.augmentedInput,
            VectorPlaces(), into: &linearization.preactivation, VectorPlaces())  // (2)
        Scalar.Kernels.leak(
            linearization.preactivation, leak: leak, complement: linearization.complement, state: &state,
            gain: &linearization.gain, count: n)  // (3)
    }
}

/// Leaks log-spaced from 1 down to the slowest one.
func logSpacedLeaks<Scalar: LearnerScalar>(_ unitCount: Int, slowest: Double) -> [Scalar] {
    let last = Double(max(unitCount - 1, 1))
    return (0..<unitCount).map { Scalar(Double.pow(slowest, Double($0) / last)) }
}

/// What the weights of leaky tanh units are like at the start.
package struct LeakyStart: Sendable, Equatable {
    /// About the spectral radius of the recurrent weights, ≥ 0.
    package var spectralRadius = 0.9
    /// Inputs' weights, in the unit that keeps a standardised input inside the linear range, ≥ 0.
    package var inputScale = 1.0

    /// The defaults.
    package init() {}

    /// Weights of these scales.
    package init(spectralRadius: Double, inputScale: Double) {
        self.spectralRadius = spectralRadius
        self.inputScale = inputScale
    }
}

/// Weights of units that see `connectionCount` units each, laid out [recurrent; input; bias].
func leakyInitialParameters<Scalar: LearnerScalar>(
    _ generator: Philox, unitCount: Int, connectionCount k: Int, inputCount m: Int,
    start: LeakyStart
) -> [Scalar] {
    let c = k + m + 1
    var parameters: [Scalar] = generator.uniform(
        count: unitCount * c, purpose: .initialParameters, lane: 0)
    // A uniform number in (−s, s) has variance s²/3; k of them give a spectral radius near s √(k/3).
    let recurrent = Scalar(start.spectralRadius) * Scalar.sqrt(3 / Scalar(k))
    let external = Scalar(start.inputScale) / Scalar.sqrt(Scalar(max(m, 1)))
    for unit in 0..<unitCount {
        let row = unit * c
        for i in 0..<k { parameters[row + i] *= recurrent }
        for i in k..<k + m { parameters[row + i] *= external }
        parameters[row + k + m] *= Scalar(0.2)
    }
    return parameters
}

extension LeakyTanhCell {
    /// D and z of the step; A is read off the parameters by equation (4).
    package struct Linearization: SegmentedLinearization {
        /// 1 − α per unit.
        fileprivate let complement: [Scalar]
        /// D per unit.
        fileprivate var gain: [Scalar]
        /// z.
        fileprivate var augmentedInput: [Scalar]
        /// a; of use only while the step is taken.
        fileprivate var preactivation: [Scalar]
        let segments: [nbt_segment]

        var sourceStride: Int { 0 }
        var statesPerUnit: Int { 1 }
        var source: [Scalar] { augmentedInput }
        var gains: [Scalar] { gain }

        /// Makes z.
        fileprivate mutating func augment(state: [Scalar], input: [Scalar]) {
            let n = state.count
            augmentedInput.withUnsafeMutableBufferPointer { z in
                for i in 0..<n { z[i] = state[i] }
                for j in 0..<input.count { z[n + j] = input[j] }
                z[n + input.count] = 1
            }
        }

        package func states(ofUnit unit: Int) -> StrideTo<Int> { stride(from: unit, to: unit + 1, by: 1) }

        package func multiplyStateJacobian(
            _ v: [Scalar], _ vPlaces: VectorPlaces, units: Range<Int>, into out: inout [Scalar],
            _ outPlaces: VectorPlaces, parameters: [Scalar]
        ) {
            let n = gain.count
            let c = augmentedInput.count
            precondition(parameters.count == n * c && units.lowerBound >= 0 && units.upperBound <= n)
            let first = units.lowerBound
            var part = vPlaces
            part.start += first
            multiply(
                parameters, from: first, stride: c, rowCount: n, columnCount: units.count, v, part,
                into: &out,
                outPlaces)
            out.withUnsafeMutableBufferPointer { out in
                for q in 0..<outPlaces.count {
                    let to = outPlaces.start + q * outPlaces.stride
                    let from = vPlaces.start + q * vPlaces.stride
                    for k in 0..<n { out[to + k] *= gain[k] }
                    for k in units { out[to + k] += complement[k] * v[from + k] }
                }
            }
        }

        package func multiplyTransposedStateJacobian(
            _ v: [Scalar], from start: Int, into out: inout [Scalar], parameters: [Scalar]
        ) {
            let n = gain.count
            let c = augmentedInput.count
            precondition(start + n <= v.count && out.count == n && parameters.count == n * c)
            for i in 0..<n { out[i] = complement[i] * v[start + i] }
            for k in 0..<n {
                addScaled(
                    parameters, from: k * c, by: gain[k] * v[start + k], to: &out, count: n)
            }
        }

        package func stateJacobianEntry(row: Int, column: Int, parameters: [Scalar]) -> Scalar {
            let entry = gain[row] * parameters[row * augmentedInput.count + column]
            return row == column ? complement[row] + entry : entry
        }

        package func stateJacobianColumnSquaredNorms(
            weights: [Scalar], into out: inout [Scalar], parameters: [Scalar]
        ) {
            let n = gain.count
            let c = augmentedInput.count
            precondition(weights.count == n && out.count == n && parameters.count == n * c)
            Scalar.Kernels.columnSquares(
                parameters, stride: c, rowCount: n, columnCount: n, weights: weights, gains: gain, into: &out)
            out.withUnsafeMutableBufferPointer { out in
                for k in 0..<n {
                    // The diagonal entry of A has the leak added: its square replaces the weight's. Cancellation may
                    // leave a hair below zero where a column is all but zero.
                    let rest = gain[k] * parameters[k * c + k]
                    let diagonal = complement[k] + rest
                    out[k] = max(out[k] + weights[k] * (diagonal * diagonal - rest * rest), 0)
                }
            }
        }

        package func addParameterDerivative(
            ofState k: Int, scaledBy s: Scalar, to rows: inout [Scalar], from start: Int
        ) {
            addScaled(
                augmentedInput, by: s * gain[k], to: &rows, at: start, count: augmentedInput.count)
        }

        package func parameterDerivativeSquaredNorm(ofState k: Int) -> Scalar {
            gain[k] * gain[k] * squaredNorm(augmentedInput, count: augmentedInput.count)
        }

        package func parameterDerivativeSquaredNorms(into out: inout [Scalar]) {
            let n = gain.count
            precondition(out.count == n)
            let square = squaredNorm(augmentedInput, count: augmentedInput.count)
            out.withUnsafeMutableBufferPointer { out in
                for k in 0..<n { out[k] = gain[k] * gain[k] * square }
            }
        }

        package mutating func exchange(
            with coder: inout StateCoder, prefix: String
        ) throws(StateError) {
            try coder.exchange("\(prefix).gain", shape: [gain.count], &gain)
            try coder.exchange(
                "\(prefix).augmented_input", shape: [augmentedInput.count], &augmentedInput)
        }
    }
}
