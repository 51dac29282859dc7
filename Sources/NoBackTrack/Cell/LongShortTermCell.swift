// Long short-term memory: Hochreiter & Schmidhuber, Neural Computation 9 (1997), with the forget gate of
// Gers, Schmidhuber & Cummins (2000).
//
//   symbol   name               shape
//   z        augmented input    [x; 1; h; 1]
//   i, f, o  gates              n       σ(W [x; 1; h])
//   g        candidate          n       tanh(W_g [x; 1; h])
//   c        memory             n       f c + i g
//   h        output             n       o tanh(c)
//   s        state              2n      [c; h]

import RealModule

/// Long short-term memory units; the state is [c; h].
package struct LongShortTermCell<Scalar: LearnerScalar>: Cell {
    package let unitCount: Int
    package let inputCount: Int

    package var stateCount: Int { 2 * unitCount }
    package var parametersPerUnit: Int { 4 * (unitCount + inputCount + 1) }
    package var readoutStates: Range<Int> { unitCount..<2 * unitCount }
    package var parameterRows: [ParameterRow] {
        (0..<4).map { ParameterRow(range: $0 * width..<($0 + 1) * width, bias: $0 * width + inputCount) }
    }

    /// - Parameters:
    ///   - unitCount: n ≥ 1.
    ///   - inputCount: m ≥ 0.
    package init(unitCount: Int, inputCount: Int) {
        precondition(unitCount >= 1 && inputCount >= 0)
        self.unitCount = unitCount
        self.inputCount = inputCount
    }

    private var width: Int { inputCount + 1 + unitCount }

    /// Weights uniform with the usual 1/√n spread; forget gates biased so that the units' memories spread
    /// from two samples to a hundred.
    package func initialParameters(_ generator: Philox) -> [Scalar] {
        // The second gate of both cells is the one that keeps; its bias follows its weights on x.
        let keepingBias = inputCount + 1 + unitCount + inputCount
        return gatedInitialParameters(generator, keepingBias: keepingBias)
    }

    package func makeLinearization() -> UnitwiseLinearization<Scalar> {
        UnitwiseLinearization(
            unitCount: unitCount, inputCount: inputCount, blockCount: 2, outputBlock: 1,
            gates: (0..<4).map { GateInput(range: 0..<width, start: $0 * width) },
            parametersPerUnit: parametersPerUnit)
    }

    @specialized(where Scalar == Float)
    package func advance(
        state: inout [Scalar], input: [Scalar], parameters: [Scalar],
        linearization: inout UnitwiseLinearization<Scalar>
    ) {
        precondition(state.count == stateCount && input.count == inputCount)
        precondition(parameters.count == parameterCount)
        let n = unitCount
        linearization.augment(input: input, output: state, from: n)
        for unit in 0..<n {
            let a = linearization.preactivations(ofUnit: unit, parameters: parameters)
            let i = sigmoid(a.0)
            let f = sigmoid(a.1)
            let o = sigmoid(a.2)
            let g = Scalar.tanh(a.3)
            let before = state[unit]
            let c = f * before + i * g
            let squashed = Scalar.tanh(c)
            state[unit] = c
            state[n + unit] = o * squashed
            let slope = o * (1 - squashed * squashed)
            let memory = [g * i * (1 - i), before * f * (1 - f), 0, i * (1 - g * g)]
            for gate in 0..<4 {
                linearization.coefficients[unit * 4 + gate] = memory[gate]
                linearization.coefficients[(n + unit) * 4 + gate] = slope * memory[gate]
            }
            linearization.coefficients[(n + unit) * 4 + 2] = squashed * o * (1 - o)
            linearization.direct[unit * 2] = f
            linearization.direct[unit * 2 + 1] = 0
            linearization.direct[(n + unit) * 2] = slope * f
            linearization.direct[(n + unit) * 2 + 1] = 0
        }
    }
}
