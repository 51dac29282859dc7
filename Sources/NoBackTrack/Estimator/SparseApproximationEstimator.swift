// SnAp-1: Menick, Elsen, Evci, Osindero, Simonyan & Graves, "A practical sparse approximation for real time
// recurrent learning", arXiv 2006.07232.
//
//   S_k ← Σ_l A_kl S_l + w_k, over the states l of k's own unit; S_k spans that unit's parameters alone

/// The exact gradient with every influence that passes through another unit left out: biased, without noise,
/// linear in the number of parameters.
package struct SparseApproximationEstimator<Network: Cell>: Estimator {
    package typealias Scalar = Network.Scalar

    private let unitCount: Int
    private let stateCount: Int
    private let parametersPerUnit: Int
    private var sensitivity: [Scalar]
    private var next: [Scalar]
    private var gradients: UnitGradients<Scalar>

    /// An estimator before the first step: S = 0.
    package init(cell: Network) {
        unitCount = cell.unitCount
        stateCount = cell.stateCount
        parametersPerUnit = cell.parametersPerUnit
        sensitivity = Array(repeating: 0, count: cell.stateCount * cell.parametersPerUnit)
        next = sensitivity
        gradients = UnitGradients(parametersPerUnit: cell.parametersPerUnit)
    }

    package mutating func step<Step: Optimizer>(
        linearization: inout Network.Linearization, delta: [Scalar], parameters: inout [Scalar],
        optimizer: inout Step
    ) where Step.Scalar == Scalar {
        let c = parametersPerUnit
        for unit in 0..<unitCount {
            let states = linearization.states(ofUnit: unit)
            for k in states {
                for j in 0..<c { next[k * c + j] = 0 }
                for l in states {
                    let entry = linearization.stateJacobianEntry(
                        row: k, column: l, parameters: parameters)
                    addScaled(sensitivity, from: l * c, by: entry, to: &next, at: k * c, count: c)
                }
                linearization.addParameterDerivative(ofState: k, scaledBy: 1, to: &next, from: k * c)
                forgetIfExploded(state: k)
            }
        }
        swap(&sensitivity, &next)
        guard !delta.isEmpty else { return }
        for unit in 0..<unitCount {
            gradients.reset(delta: delta, stateCount: stateCount)
            for k in linearization.states(ofUnit: unit) {
                for row in 0..<gradients.rowCount {
                    gradients.add(
                        sensitivity, from: k * c, by: delta[row * stateCount + k], toRow: row)
                }
            }
            gradients.spend(onUnit: unit, &optimizer, parameters: &parameters)
        }
    }

    /// Starts a state's influence anew where the network is so unstable that it would soon be no number.
    private mutating func forgetIfExploded(state k: Int) {
        let c = parametersPerUnit
        guard !(squaredNorm(next, from: k * c, count: c) < Scalar(1e18)) else { return }
        for j in 0..<c { next[k * c + j] = 0 }
    }

    package func denseEstimate() -> [Scalar] {
        let c = parametersPerUnit
        var estimate = [Scalar](repeating: 0, count: stateCount * unitCount * c)
        for k in 0..<stateCount {
            let start = (k * unitCount + k % unitCount) * c
            for j in 0..<c { estimate[start + j] = sensitivity[k * c + j] }
        }
        return estimate
    }

    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        try coder.exchange("snap1.s", shape: [stateCount, parametersPerUnit], &sensitivity)
    }
}
