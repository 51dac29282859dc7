// The derivatives of any cell whose units have gates of their own: a new state of unit i is a function of
// unit i's previous states and of the preactivations of unit i's gates, each the product of a row of
// parameters with a part of one shared vector z that ends in the recurrent output.
//
//   symbol   name             shape
//   z        augmentedInput   [x; 1; h; 1]
//   W_g,i    gate row         the part of unit i's parameters that gate g owns
//   κ_k,g    coefficients     states × gates     ∂s_k / ∂(preactivation of gate g of its unit)
//   β_k,b    direct           states × blocks    ∂s_k / ∂(state of block b of its unit), gates held fixed
//
//   ∂s_k/∂W_g,i = κ_k,g z[range of g]                                                             (5)
//   A_k = Σ_g κ_k,g W_g,i[its part on h] + Σ_b β_k,b e_(b,i)                                      (4)

import CNoBackTrackKernels
import RealModule

/// Which part of the shared vector a gate's row of parameters is multiplied with.
package struct GateInput: Sendable {
    /// The part of [x; 1; h; 1].
    package var range: Range<Int>
    /// Where the row begins among its unit's parameters.
    package var start: Int
}

/// A linearization for cells with per-unit gates, the state made of blocks of one number per unit.
package struct UnitwiseLinearization<Scalar: LearnerScalar>: SegmentedLinearization {
    let unitCount: Int
    let blockCount: Int
    let parametersPerUnit: Int
    let gates: [GateInput]
    /// Where h begins in z.
    let recurrentStart: Int
    /// The block of the state that is h.
    let outputBlock: Int
    /// κ, state-major.
    var coefficients: [Scalar]
    /// β, state-major.
    var direct: [Scalar]
    var augmentedInput: [Scalar]
    let segments: [nbt_segment]

    var sourceStride: Int { 0 }
    var statesPerUnit: Int { blockCount }
    var source: [Scalar] { augmentedInput }
    var gains: [Scalar] { coefficients }

    init(
        unitCount: Int, inputCount: Int, blockCount: Int, outputBlock: Int, gates: [GateInput],
        parametersPerUnit: Int
    ) {
        self.unitCount = unitCount
        self.blockCount = blockCount
        self.parametersPerUnit = parametersPerUnit
        self.gates = gates
        self.outputBlock = outputBlock
        segments = gates.map {
            nbt_segment(start: $0.start, source: $0.range.lowerBound, count: $0.range.count)
        }
        recurrentStart = inputCount + 1
        coefficients = Array(repeating: 0, count: unitCount * blockCount * gates.count)
        direct = Array(repeating: 0, count: unitCount * blockCount * blockCount)
        augmentedInput = Array(repeating: 0, count: inputCount + unitCount + 2)
    }

    private var stateCount: Int { unitCount * blockCount }

    package func states(ofUnit unit: Int) -> StrideTo<Int> {
        stride(from: unit, to: stateCount, by: unitCount)
    }

    package func multiplyStateJacobian(
        _ v: [Scalar], _ vPlaces: VectorPlaces, units: Range<Int>, into out: inout [Scalar],
        _ outPlaces: VectorPlaces, parameters: [Scalar]
    ) {
        precondition(vPlaces.fit(length: stateCount, in: v.count) && vPlaces.count == outPlaces.count)
        precondition(outPlaces.fit(length: stateCount, in: out.count))
        let first = units.lowerBound
        for q in 0..<vPlaces.count {
            let from = vPlaces.start + q * vPlaces.stride
            let to = outPlaces.start + q * outPlaces.stride
            let h = from + outputBlock * unitCount + first
            for unit in 0..<unitCount {
                for k in states(ofUnit: unit) {
                    var sum = Scalar.zero
                    if units.contains(unit) {
                        for block in 0..<blockCount {
                            sum += direct[k * blockCount + block] * v[from + block * unitCount + unit]
                        }
                    }
                    out[to + k] = sum
                }
                for g in gates.indices {
                    let gate = gates[g]
                    guard recurrentPart(gate) != nil else { continue }
                    let row = unit * parametersPerUnit + recurrentRow(gate) + first
                    let product = dot(parameters, from: row, v, at: h, count: units.count)
                    for k in states(ofUnit: unit) {
                        out[to + k] += coefficients[k * gates.count + g] * product
                    }
                }
            }
        }
    }

    package func multiplyTransposedStateJacobian(
        _ v: [Scalar], from start: Int, into out: inout [Scalar], parameters: [Scalar]
    ) {
        precondition(start + stateCount <= v.count && out.count == stateCount)
        for i in 0..<stateCount { out[i] = 0 }
        let h = outputBlock * unitCount
        for unit in 0..<unitCount {
            for k in states(ofUnit: unit) {
                for block in 0..<blockCount {
                    out[block * unitCount + unit] += direct[k * blockCount + block] * v[start + k]
                }
            }
            for (g, gate) in gates.enumerated() where recurrentPart(gate) != nil {
                var weight = Scalar.zero
                for k in states(ofUnit: unit) {
                    weight += coefficients[k * gates.count + g] * v[start + k]
                }
                let row = unit * parametersPerUnit + recurrentRow(gate)
                addScaled(parameters, from: row, by: weight, to: &out, at: h, count: unitCount)
            }
        }
    }

    package func stateJacobianColumnSquaredNorms(
        weights: [Scalar], into out: inout [Scalar], parameters: [Scalar]
    ) {
        precondition(weights.count == stateCount && out.count == stateCount)
        precondition(parameters.count == unitCount * parametersPerUnit)
        for i in 0..<stateCount { out[i] = 0 }
        let h = outputBlock * unitCount
        for unit in 0..<unitCount {
            for k in states(ofUnit: unit) {
                for block in 0..<blockCount where block != outputBlock {
                    let entry = direct[k * blockCount + block]
                    out[block * unitCount + unit] += weights[k] * entry * entry
                }
                let own = direct[k * blockCount + outputBlock]
                for j in 0..<unitCount {
                    var entry = j == unit ? own : 0
                    for g in gates.indices where recurrentPart(gates[g]) != nil {
                        let place = unit * parametersPerUnit + recurrentRow(gates[g]) + j
                        entry += coefficients[k * gates.count + g] * parameters[place]
                    }
                    out[h + j] += weights[k] * entry * entry
                }
            }
        }
    }

    package func stateJacobianEntry(row k: Int, column: Int, parameters: [Scalar]) -> Scalar {
        let unit = k % unitCount
        let block = column / unitCount
        var entry = column % unitCount == unit ? direct[k * blockCount + block] : 0
        guard block == outputBlock else { return entry }
        for (g, gate) in gates.enumerated() where recurrentPart(gate) != nil {
            let place = unit * parametersPerUnit + recurrentRow(gate) + column % unitCount
            entry += coefficients[k * gates.count + g] * parameters[place]
        }
        return entry
    }

    package func addParameterDerivative(
        ofState k: Int, scaledBy s: Scalar, to rows: inout [Scalar], from start: Int
    ) {
        for (g, gate) in gates.enumerated() {
            addScaled(
                augmentedInput, from: gate.range.lowerBound, by: s * coefficients[k * gates.count + g],
                to: &rows, at: start + gate.start, count: gate.range.count)
        }
    }

    package func parameterDerivativeSquaredNorm(ofState k: Int) -> Scalar {
        var sum = Scalar.zero
        for (g, gate) in gates.enumerated() {
            let coefficient = coefficients[k * gates.count + g]
            sum +=
                coefficient * coefficient
                * squaredNorm(augmentedInput, from: gate.range.lowerBound, count: gate.range.count)
        }
        return sum
    }

    package mutating func exchange(with coder: inout StateCoder, prefix: String) throws(StateError) {
        try coder.exchange("\(prefix).gain", shape: [stateCount, gates.count], &coefficients)
        try coder.exchange("\(prefix).direct", shape: [stateCount, blockCount], &direct)
        try coder.exchange(
            "\(prefix).augmented_input", shape: [augmentedInput.count], &augmentedInput)
    }

    /// Puts input and recurrent output into z.
    mutating func augment(input: [Scalar], output: [Scalar], from start: Int) {
        for j in input.indices { augmentedInput[j] = input[j] }
        augmentedInput[input.count] = 1
        for i in 0..<unitCount { augmentedInput[recurrentStart + i] = output[start + i] }
        augmentedInput[recurrentStart + unitCount] = 1
    }

    /// What each of a unit's four gates is about to squash.
    func preactivations(ofUnit unit: Int, parameters: [Scalar]) -> (Scalar, Scalar, Scalar, Scalar) {
        (
            preactivation(ofUnit: unit, gate: 0, parameters: parameters),
            preactivation(ofUnit: unit, gate: 1, parameters: parameters),
            preactivation(ofUnit: unit, gate: 2, parameters: parameters),
            preactivation(ofUnit: unit, gate: 3, parameters: parameters)
        )
    }

    private func preactivation(ofUnit unit: Int, gate g: Int, parameters: [Scalar]) -> Scalar {
        let gate = gates[g]
        return dot(
            parameters, from: unit * parametersPerUnit + gate.start, augmentedInput,
            at: gate.range.lowerBound, count: gate.range.count)
    }

    /// The gate's part on h, or nil when it sees the input alone.
    private func recurrentPart(_ gate: GateInput) -> Range<Int>? {
        gate.range.upperBound > recurrentStart ? recurrentStart..<recurrentStart + unitCount : nil
    }

    /// Where the weights on h begin among the unit's parameters, for a gate that has any.
    private func recurrentRow(_ gate: GateInput) -> Int {
        gate.start + recurrentStart - gate.range.lowerBound
    }
}

extension Cell where Scalar: LearnerScalar {
    /// Parameters uniform with a spread of 1/√n, but for the bias of each unit's keeping gate, which spreads the
    /// units' memories up to a hundred samples.
    ///
    /// - Parameter keepingBias: where that bias is among a unit's parameters.
    func gatedInitialParameters(_ generator: Philox, keepingBias: Int) -> [Scalar] {
        var parameters: [Scalar] = generator.uniform(
            count: parameterCount, purpose: .initialParameters, lane: 0)
        let spread = 1 / Scalar.sqrt(Scalar(unitCount))
        for i in parameters.indices { parameters[i] *= spread }
        for unit in 0..<unitCount {
            let position = Scalar(unit) / Scalar(max(unitCount - 1, 1))
            parameters[unit * parametersPerUnit + keepingBias] = Scalar.log(100) * position
        }
        return parameters
    }
}

/// The logistic function, 1 / (1 + e⁻ᵃ), by way of tanh: no overflow at either end.
func sigmoid<Scalar: LearnerScalar>(_ a: Scalar) -> Scalar {
    (1 + Scalar.tanh(a / 2)) / 2
}
