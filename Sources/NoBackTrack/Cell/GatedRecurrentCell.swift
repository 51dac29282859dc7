// The gated recurrent unit in its reset-after form: Cho et al., arXiv 1406.1078; the reset gate is applied
// after the recurrent product, so that unit i's new state depends on row i of each gate matrix alone.
//
//   symbol   name               shape
//   z        augmented input    [x; 1; h; 1]
//   r        reset gate         n       σ(W_r [x; 1; h])
//   u        update gate        n       σ(W_u [x; 1; h])
//   p        recurrent part     n       W_p [h; 1]
//   q        candidate          n       tanh(W_q [x; 1] + r p)
//   h        state              n       (1 - u) q + u h

import RealModule

/// Gated recurrent units.
package struct GatedRecurrentCell<Scalar: LearnerScalar>: Cell {
    package let unitCount: Int
    package let inputCount: Int

    package var stateCount: Int { unitCount }
    package var parametersPerUnit: Int { 3 * (unitCount + inputCount + 1) + 1 }
    package var readoutStates: Range<Int> { 0..<unitCount }
    package var parameterRows: [ParameterRow] {
        // The gates' and the candidate's biases follow their weights on x; the recurrent part has one of its own.
        gates.enumerated().map { place, gate in
            ParameterRow(
                range: gate.start..<gate.start + gate.range.count,
                bias: place < 3 ? gate.start + inputCount : gate.start + unitCount)
        }
    }

    /// - Parameters:
    ///   - unitCount: n ≥ 1.
    ///   - inputCount: m ≥ 0.
    package init(unitCount: Int, inputCount: Int) {
        precondition(unitCount >= 1 && inputCount >= 0)
        self.unitCount = unitCount
        self.inputCount = inputCount
    }

    /// Gates over x, 1 and h; the candidate's input part; its recurrent part.
    private var gates: [GateInput] {
        let x = inputCount + 1
        let both = 0..<x + unitCount
        return [
            GateInput(range: both, start: 0),
            GateInput(range: both, start: both.count),
            GateInput(range: 0..<x, start: 2 * both.count),
            GateInput(range: x..<x + unitCount + 1, start: 2 * both.count + x),
        ]
    }

    /// Weights uniform with the usual 1/√n spread; update gates biased so that the units' memories spread
    /// from one sample to a hundred.
    package func initialParameters(_ generator: Philox) -> [Scalar] {
        // The second gate of both cells is the one that keeps; its bias follows its weights on x.
        let keepingBias = inputCount + 1 + unitCount + inputCount
        return gatedInitialParameters(generator, keepingBias: keepingBias)
    }

    package func makeLinearization() -> UnitwiseLinearization<Scalar> {
        UnitwiseLinearization(
            unitCount: unitCount, inputCount: inputCount, blockCount: 1, outputBlock: 0, gates: gates,
            parametersPerUnit: parametersPerUnit)
    }

    @specialized(where Scalar == Float)
    package func advance(
        state: inout [Scalar], input: [Scalar], parameters: [Scalar],
        linearization: inout UnitwiseLinearization<Scalar>
    ) {
        precondition(state.count == stateCount && input.count == inputCount)
        precondition(parameters.count == parameterCount)
        linearization.augment(input: input, output: state, from: 0)
        for unit in 0..<unitCount {
            let a = linearization.preactivations(ofUnit: unit, parameters: parameters)
            let r = sigmoid(a.0)
            let u = sigmoid(a.1)
            let q = Scalar.tanh(a.2 + r * a.3)
            let before = state[unit]
            state[unit] = (1 - u) * q + u * before
            let slope = (1 - u) * (1 - q * q)
            let start = unit * 4
            linearization.coefficients[start] = slope * a.3 * r * (1 - r)
            linearization.coefficients[start + 1] = (before - q) * u * (1 - u)
            linearization.coefficients[start + 2] = slope
            linearization.coefficients[start + 3] = slope * r
            linearization.direct[unit] = u
        }
    }
}
