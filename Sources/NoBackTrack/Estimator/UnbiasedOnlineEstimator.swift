// UORO: Tallec & Ollivier, "Unbiased online recurrent optimization", arXiv 1702.05043.
//
//   symbol   name               shape
//   s̃        stateFactor        n      s̃ ← ρ_0 A s̃ + ρ_1 ν
//   θ̃        parameterFactor    P      θ̃ ← θ̃ / ρ_0 + νᵀ ∂F/∂θ / ρ_1
//   ν        signs              n      fair and independent
//   ρ_0                         1      sqrt(‖θ̃‖ / ‖A s̃‖)
//   ρ_1                         1      sqrt(‖νᵀ ∂F/∂θ‖ / ‖ν‖)
//   G̃        estimate           n × P  s̃ θ̃ᵀ, E G̃ = ∂h/∂θ

import RealModule

/// A rank-one estimate whose newest term is reduced at once: noisier than NoBackTrack, which keeps the
/// newest rows exact, and indifferent to how the cell shares its parameters.
package struct UnbiasedOnlineEstimator<Network: Cell, Signs: SignSource>: Estimator {
    package typealias Scalar = Network.Scalar

    private static var regularisation: Scalar { 1e-12 }
    private static var largestFactorNorm: Scalar { 1e9 }

    private let unitCount: Int
    private let stateCount: Int
    private let parametersPerUnit: Int
    private let signSource: Signs
    private var stepCount: UInt64 = 0
    private var stateFactor: [Scalar]
    private var parameterFactor: [Scalar]
    private var signs: [Scalar]
    private var propagated: [Scalar]
    private var injected: [Scalar]
    private var gradients: UnitGradients<Scalar>

    /// An estimate before the first step, exactly zero.
    package init(cell: Network, signSource: Signs) {
        unitCount = cell.unitCount
        stateCount = cell.stateCount
        parametersPerUnit = cell.parametersPerUnit
        self.signSource = signSource
        stateFactor = Array(repeating: 0, count: cell.stateCount)
        parameterFactor = Array(repeating: 0, count: cell.parameterCount)
        signs = stateFactor
        propagated = stateFactor
        injected = parameterFactor
        gradients = UnitGradients(parametersPerUnit: cell.parametersPerUnit)
    }

    package mutating func step<Step: Optimizer>(
        linearization: inout Network.Linearization, delta: [Scalar], parameters: inout [Scalar],
        optimizer: inout Step
    ) where Step.Scalar == Scalar {
        let n = stateCount
        let c = parametersPerUnit
        let ε_reg = Self.regularisation
        signSource.draw(&signs, step: stepCount, pair: 0)
        stepCount += 1
        linearization.multiplyStateJacobian(
            stateFactor, from: 0, units: 0..<unitCount, into: &propagated, parameters: parameters)
        for p in injected.indices { injected[p] = 0 }
        for unit in 0..<unitCount {
            for k in linearization.states(ofUnit: unit) {
                linearization.addParameterDerivative(
                    ofState: k, scaledBy: signs[k], to: &injected, from: unit * c)
            }
        }
        var norm_θ̃ = norm(of: parameterFactor, metric: optimizer)
        let norm_injected = norm(of: injected, metric: optimizer)
        var norm_As̃ = Scalar.sqrt(squaredNorm(propagated, count: n))
        if !(norm_θ̃ < Self.largestFactorNorm && norm_As̃ < Self.largestFactorNorm) {
            for p in parameterFactor.indices { parameterFactor[p] = 0 }
            for k in 0..<n { propagated[k] = 0 }
            norm_θ̃ = 0
            norm_As̃ = 0
        }
        let ρ_0 = Scalar.sqrt((norm_θ̃ + ε_reg) / (norm_As̃ + ε_reg))
        let ρ_1 = Scalar.sqrt((norm_injected + ε_reg) / (Scalar.sqrt(Scalar(n)) + ε_reg))
        for k in 0..<n { stateFactor[k] = ρ_0 * propagated[k] + ρ_1 * signs[k] }
        scale(&parameterFactor, from: 0, count: parameterFactor.count, by: 1 / ρ_0)
        addScaled(injected, by: 1 / ρ_1, to: &parameterFactor, count: injected.count)
        guard !delta.isEmpty else { return }
        for unit in 0..<unitCount {
            gradients.reset(delta: delta, stateCount: n)
            for row in 0..<gradients.rowCount {
                let projection = dot(delta, from: row * n, stateFactor, count: n)
                gradients.add(parameterFactor, from: unit * c, by: projection, toRow: row)
            }
            gradients.spend(onUnit: unit, &optimizer, parameters: &parameters)
        }
    }

    /// ‖vector‖ in the optimizer's metric.
    private func norm<Step: Optimizer>(of vector: [Scalar], metric: Step) -> Scalar
    where Step.Scalar == Scalar {
        var sum = Scalar.zero
        for unit in 0..<unitCount {
            let start = unit * parametersPerUnit
            sum += metric.product(
                vector, from: start, vector, from: start, unit: unit, count: parametersPerUnit)
        }
        return Scalar.sqrt(max(sum, 0))
    }

    package func denseEstimate() -> [Scalar] {
        stateFactor.flatMap { factor in parameterFactor.map { factor * $0 } }
    }

    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        try coder.exchange("uoro.s", shape: [stateCount], &stateFactor)
        try coder.exchange("uoro.theta", shape: [unitCount, parametersPerUnit], &parameterFactor)
        try coder.exchange("uoro.step", &stepCount)
    }
}
