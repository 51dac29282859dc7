// Real-time recurrent learning: Williams & Zipser, "A learning algorithm for continually running fully
// recurrent neural networks", Neural Computation 1 (1989), doi 10.1162/neco.1989.1.2.270.
//
//   G(t) = A(t) G(t-1) + ∂F/∂θ     n × P numbers, O(n² P) a step                                  (6)
//   ∂ℓ/∂θ = δ(t)ᵀ G(t)                                                                            (7)

/// The exact gradient, at a cost that only small networks can pay: the yardstick of every other estimator.
package struct RealTimeRecurrentEstimator<Network: Cell>: Estimator {
    package typealias Scalar = Network.Scalar

    private let unitCount: Int
    private let stateCount: Int
    private let parametersPerUnit: Int
    private var sensitivity: [Scalar]
    private var gradients: UnitGradients<Scalar>

    /// An estimator before the first step: G = 0.
    package init(cell: Network) {
        unitCount = cell.unitCount
        stateCount = cell.stateCount
        parametersPerUnit = cell.parametersPerUnit
        sensitivity = Array(repeating: 0, count: cell.stateCount * cell.parameterCount)
        gradients = UnitGradients(parametersPerUnit: cell.parametersPerUnit)
    }

    package mutating func step<Step: Optimizer>(
        linearization: inout Network.Linearization, delta: [Scalar], parameters: inout [Scalar],
        optimizer: inout Step
    ) where Step.Scalar == Scalar {
        let n = stateCount
        let c = parametersPerUnit
        let P = unitCount * c
        var next = [Scalar](repeating: 0, count: n * P)
        var basis = [Scalar](repeating: 0, count: n)
        var column = [Scalar](repeating: 0, count: n)
        for i in 0..<n {
            basis[i] = 1
            linearization.multiplyStateJacobian(
                basis, from: 0, units: 0..<unitCount, into: &column, parameters: parameters)
            basis[i] = 0
            for k in 0..<n {
                addScaled(
                    sensitivity, from: i * P, by: column[k], to: &next, at: k * P, count: P)
            }
        }
        for unit in 0..<unitCount {
            for k in linearization.states(ofUnit: unit) {
                linearization.addParameterDerivative(
                    ofState: k, scaledBy: 1, to: &next, from: k * P + unit * c)
            }
        }
        sensitivity = next
        // Where the network is so unstable that this would soon be no number, the past is forgotten.
        if !(squaredNorm(sensitivity, count: n * P) < Scalar(1e18)) {
            for p in sensitivity.indices { sensitivity[p] = 0 }
        }
        guard !delta.isEmpty else { return }
        for unit in 0..<unitCount {
            gradients.reset(delta: delta, stateCount: n)
            for row in 0..<gradients.rowCount {
                for k in 0..<n {
                    gradients.add(sensitivity, from: k * P + unit * c, by: delta[row * n + k], toRow: row)
                }
            }
            gradients.spend(onUnit: unit, &optimizer, parameters: &parameters)
        }
    }

    package func denseEstimate() -> [Scalar] { sensitivity }

    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        try coder.exchange(
            "rtrl.g", shape: [stateCount, unitCount, parametersPerUnit], &sensitivity)
    }
}
