// The influence balancing network of NoBackTrack's paper, section 3: a chain of linear states through which one
// parameter acts with both signs, so that truncation sees the wrong sign of its influence.
//
//   symbol   name               shape
//   h        state              n
//   u        signs              n           + for the first p states, - for the others
//   A        state Jacobian     n × n       A_ii = A_i,i+1 = 1/2, fixed
//   θ        parameter          1           h ← A h + u θ

/// A chain of states, all of them belonging to one unit with one parameter.
package struct InfluenceBalancingCell<Scalar: LearnerScalar>: Cell {
    package let stateCount: Int
    /// States that the parameter enters with a positive sign, from the first on.
    package let positiveCount: Int

    package var inputCount: Int { 0 }
    package var unitCount: Int { 1 }
    package var parametersPerUnit: Int { 1 }
    package var readoutStates: Range<Int> { 0..<stateCount }
    package var parameterRows: [ParameterRow] { [ParameterRow(range: 0..<1, bias: 0)] }

    /// A chain; the paper's has 23 states of which 10 are positive.
    package init(stateCount: Int = 23, positiveCount: Int = 10) {
        precondition(stateCount >= 1 && (0...stateCount).contains(positiveCount))
        self.stateCount = stateCount
        self.positiveCount = positiveCount
    }

    /// One half.
    package func initialParameters(_ generator: Philox) -> [Scalar] { [Scalar(0.5)] }

    package func makeLinearization() -> Linearization {
        Linearization(stateCount: stateCount, positiveCount: positiveCount)
    }

    package func advance(
        state: inout [Scalar], input: [Scalar], parameters: [Scalar], linearization: inout Linearization
    ) {
        precondition(state.count == stateCount && input.isEmpty && parameters.count == 1)
        linearization.hasStepped = 1
        // Upwards in place: an entry needs the one above it as it was.
        for i in 0..<stateCount {
            let next = i + 1 < stateCount ? state[i + 1] : 0
            state[i] = (state[i] + next) / 2 + linearization.sign(i) * parameters[0]
        }
    }

    /// A and u, which do not change once there was a step.
    package struct Linearization: CellLinearization {
        fileprivate let stateCount: Int
        fileprivate let positiveCount: Int
        /// ∂F/∂θ before the first step is 0.
        fileprivate var hasStepped: UInt64 = 0

        fileprivate func sign(_ k: Int) -> Scalar { k < positiveCount ? 1 : -1 }

        package func states(ofUnit unit: Int) -> StrideTo<Int> { stride(from: 0, to: stateCount, by: 1) }

        package func multiplyStateJacobian(
            _ v: [Scalar], _ vPlaces: VectorPlaces, units: Range<Int>, into out: inout [Scalar],
            _ outPlaces: VectorPlaces, parameters: [Scalar]
        ) {
            precondition(vPlaces.fit(length: stateCount, in: v.count) && vPlaces.count == outPlaces.count)
            precondition(outPlaces.fit(length: stateCount, in: out.count))
            for q in 0..<vPlaces.count {
                let from = vPlaces.start + q * vPlaces.stride
                let to = outPlaces.start + q * outPlaces.stride
                for i in 0..<stateCount {
                    out[to + i] = (v[from + i] + (i + 1 < stateCount ? v[from + i + 1] : 0)) / 2
                }
            }
        }

        package func multiplyTransposedStateJacobian(
            _ v: [Scalar], from start: Int, into out: inout [Scalar], parameters: [Scalar]
        ) {
            precondition(start + stateCount <= v.count && out.count == stateCount)
            for i in 0..<stateCount { out[i] = (v[start + i] + (i > 0 ? v[start + i - 1] : 0)) / 2 }
        }

        package func stateJacobianEntry(row: Int, column: Int, parameters: [Scalar]) -> Scalar {
            column == row || column == row + 1 ? Scalar(0.5) : 0
        }

        package func stateJacobianColumnSquaredNorms(
            weights: [Scalar], into out: inout [Scalar], parameters: [Scalar]
        ) {
            precondition(weights.count == stateCount && out.count == stateCount)
            for i in 0..<stateCount { out[i] = (weights[i] + (i > 0 ? weights[i - 1] : 0)) / 4 }
        }

        package func addParameterDerivative(
            ofState k: Int, scaledBy s: Scalar, to rows: inout [Scalar], from start: Int
        ) {
            if hasStepped == 1 { rows[start] += s * sign(k) }
        }

        package func parameterDerivativeSquaredNorm(ofState k: Int) -> Scalar { Scalar(hasStepped) }

        package mutating func exchange(
            with coder: inout StateCoder, prefix: String
        ) throws(StateError) {
            try coder.exchange("\(prefix).has_stepped", &hasStepped)
        }
    }
}
