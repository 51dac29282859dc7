// NoBackTrack: Ollivier, Tallec & Charpiat, "Training recurrent networks online without backtracking",
// arXiv 1507.07680. r independent pairs are kept and averaged; the symbols are those of one pair.
//
//   symbol   name                       shape
//   v̄        stateFactor                n
//   w̄        parameterFactor            P
//   w_i      rows of `previous`         sparse     ∂h_i/∂θ of the step before
//   A        linearization              n × n      ∂h(t)/∂h(t-1)
//   ε        signs                      n + 1      fair and independent
//   ρ        scalings                   n + 1      any positive numbers keep the estimate unbiased
//   G̃        estimate                   n × P      v̄ w̄ᵀ + Σ_i e_i w_iᵀ, E G̃ = ∂h/∂θ               (10)
//   δ        delta                      n          ∂ℓ/∂h

import RealModule

/// The random rank-one estimate of the gradient of the state, linear in the number of parameters and
/// without a past.
package struct NoBackTrackEstimator<Network: Cell, Signs: SignSource>: Estimator {
    package typealias Scalar = Network.Scalar

    /// Added to both norms of every ratio, so that a zero row or column gives a finite scaling.
    private static var regularisation: Scalar { 1e-12 }
    /// ‖v̄‖ and ‖w̄‖ above which a pair is dropped: the network is then locally so unstable that the
    /// estimate is noise, and a step later it would not be a number.
    private static var largestFactorNorm: Scalar { 1e9 }

    private let unitCount: Int
    private let stateCount: Int
    private let parametersPerUnit: Int
    private let signSource: Signs
    private let optimalScaling: Bool
    /// r, the number of pairs.
    package let rank: Int

    private var stepCount: UInt64 = 0
    private var stateFactor: [Scalar]
    private var parameterFactor: [Scalar]
    private var previous: Network.Linearization

    private var signs: [Scalar]
    private var scaledSigns: [Scalar]
    private var propagated: [Scalar]
    private var injected: [Scalar]
    private var columnSquaredNorms: [Scalar]
    private var parameterCoefficients: [Scalar]
    private var gradient: [Scalar]

    /// An estimate before the first step, exactly zero.
    ///
    /// - Parameters:
    ///   - cell: the network.
    ///   - rank: r ≥ 1.
    ///   - signSource: where the signs come from.
    ///   - optimalScaling: equation (9); false sets every ρ = 1, which is as unbiased and noisier.
    package init(cell: Network, rank: Int, signSource: Signs, optimalScaling: Bool = true) {
        precondition(rank >= 1)
        let n = cell.stateCount
        unitCount = cell.unitCount
        stateCount = n
        parametersPerUnit = cell.parametersPerUnit
        self.rank = rank
        self.signSource = signSource
        self.optimalScaling = optimalScaling
        stateFactor = Array(repeating: 0, count: rank * n)
        parameterFactor = Array(repeating: 0, count: rank * cell.parameterCount)
        previous = cell.makeLinearization()
        signs = Array(repeating: 0, count: n + 1)
        scaledSigns = Array(repeating: 0, count: n)
        propagated = Array(repeating: 0, count: n)
        injected = Array(repeating: 0, count: n)
        columnSquaredNorms = Array(repeating: 0, count: n)
        parameterCoefficients = Array(repeating: 0, count: rank * (n + 1))
        gradient = Array(repeating: 0, count: cell.parametersPerUnit)
    }

    package mutating func step<Step: Optimizer>(
        linearization: Network.Linearization, delta: [Scalar], parameters: inout [Scalar],
        optimizer: inout Step
    ) where Step.Scalar == Scalar {
        precondition(parameters.count == unitCount * parametersPerUnit)
        precondition(delta.isEmpty || delta.count == stateCount)
        linearization.stateJacobianColumnSquaredNorms(
            into: &columnSquaredNorms, parameters: parameters)
        for pair in 0..<rank {
            reduce(pair: pair, linearization: linearization, parameters: parameters, metric: optimizer)
        }
        updateRows(
            linearization: linearization, delta: delta, parameters: &parameters, optimizer: &optimizer)
        previous = linearization  // (13)
        stepCount += 1
    }

    /// Advances v̄ of one pair by (11) and leaves the coefficients of (12) for ``updateRows``: first that
    /// of w̄, then those of the rows w_i.
    private mutating func reduce<Step: Optimizer>(
        pair: Int, linearization: Network.Linearization, parameters: [Scalar], metric: Step
    ) where Step.Scalar == Scalar {
        let n = stateCount
        let ε_reg = Self.regularisation
        linearization.multiplyStateJacobian(
            stateFactor, from: pair * n, into: &propagated, parameters: parameters)
        let norm_Av̄ = Scalar.sqrt(squaredNorm(propagated, count: n))
        let norm_w̄ = parameterFactorNorm(pair: pair, metric: metric)
        signSource.draw(&signs, step: stepCount, pair: pair)
        let base = pair * (n + 1)
        guard norm_w̄ < Self.largestFactorNorm, norm_Av̄ < Self.largestFactorNorm else {
            return drop(pair: pair)
        }
        let ρ_0 = optimalScaling ? Scalar.sqrt((norm_w̄ + ε_reg) / (norm_Av̄ + ε_reg)) : 1  // (14)
        parameterCoefficients[base] = signs[0] / ρ_0
        for i in 0..<n {
            let norm_w_i = Scalar.sqrt(previous.parameterDerivativeSquaredNorm(ofState: i))
            let norm_Ae_i = Scalar.sqrt(columnSquaredNorms[i])
            let ρ_i = optimalScaling ? Scalar.sqrt((norm_w_i + ε_reg) / (norm_Ae_i + ε_reg)) : 1
            scaledSigns[i] = signs[i + 1] * ρ_i
            parameterCoefficients[base + 1 + i] = signs[i + 1] / ρ_i
        }
        linearization.multiplyStateJacobian(
            scaledSigns, from: 0, into: &injected, parameters: parameters)
        for i in 0..<n {
            stateFactor[pair * n + i] = signs[0] * ρ_0 * propagated[i] + injected[i]  // (11)
        }
    }

    /// ‖w̄‖ of one pair in the metric.
    private func parameterFactorNorm<Step: Optimizer>(pair: Int, metric: Step) -> Scalar
    where Step.Scalar == Scalar {
        let start = pair * unitCount * parametersPerUnit
        var squaredNorm = Scalar.zero
        for unit in 0..<unitCount {
            let row = start + unit * parametersPerUnit
            squaredNorm += metric.squaredNorm(
                parameterFactor, from: row, count: parametersPerUnit, unit: unit)
        }
        return Scalar.sqrt(squaredNorm)
    }

    /// Forgets one pair's past: its share of the estimate is the newest exact rows alone until it has
    /// gathered a past again.
    private mutating func drop(pair: Int) {
        for i in 0..<stateCount { stateFactor[pair * stateCount + i] = 0 }
        for i in 0...stateCount { parameterCoefficients[pair * (stateCount + 1) + i] = 0 }
        let P = unitCount * parametersPerUnit
        for p in pair * P..<(pair + 1) * P { parameterFactor[p] = 0 }
    }

    /// One pass over the units: w̄ by (12), the gradient row by (15), the parameters by the optimizer.
    private mutating func updateRows<Step: Optimizer>(
        linearization: Network.Linearization, delta: [Scalar], parameters: inout [Scalar],
        optimizer: inout Step
    ) where Step.Scalar == Scalar {
        let n = stateCount
        let c = parametersPerUnit
        let P = unitCount * c
        var projections: [Scalar] = []
        if !delta.isEmpty {
            for pair in 0..<rank {
                // δᵀv̄, averaged over the pairs.
                let projection = dot(delta, stateFactor, at: pair * n, count: n)
                projections.append(projection / Scalar(rank))
            }
        }
        for unit in 0..<unitCount {
            let rows = linearization.states(ofUnit: unit)
            for j in 0..<c { gradient[j] = 0 }
            for pair in 0..<rank {
                let base = pair * (n + 1)
                let start = pair * P + unit * c
                let scaling = parameterCoefficients[base]
                scale(&parameterFactor, from: start, count: c, by: scaling)  // (12)
                for k in rows {
                    previous.addParameterDerivative(
                        ofState: k, scaledBy: parameterCoefficients[base + 1 + k],
                        to: &parameterFactor, from: start)
                }
                guard !delta.isEmpty else { continue }
                addScaled(
                    parameterFactor, from: start, by: projections[pair], to: &gradient, count: c)  // (15)
            }
            guard !delta.isEmpty else { continue }
            for k in rows {
                linearization.addParameterDerivative(
                    ofState: k, scaledBy: delta[k], to: &gradient, from: 0)
            }
            optimizer.update(unit: unit, gradient: gradient, parameters: &parameters)
        }
    }

    package func denseEstimate() -> [Scalar] {
        let n = stateCount
        let P = unitCount * parametersPerUnit
        var estimate = [Scalar](repeating: 0, count: n * P)
        for k in 0..<n {
            for pair in 0..<rank {
                let v = stateFactor[pair * n + k] / Scalar(rank)
                for p in 0..<P { estimate[k * P + p] += v * parameterFactor[pair * P + p] }
            }
        }
        for unit in 0..<unitCount {
            for k in previous.states(ofUnit: unit) {
                let start = k * P + unit * parametersPerUnit
                previous.addParameterDerivative(ofState: k, scaledBy: 1, to: &estimate, from: start)
            }
        }
        return estimate
    }

    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        try coder.exchange("nobacktrack.v", shape: [rank, stateCount], &stateFactor)
        try coder.exchange(
            "nobacktrack.w", shape: [rank, unitCount, parametersPerUnit], &parameterFactor)
        try coder.exchange("nobacktrack.step", &stepCount)
        try previous.exchange(with: &coder, prefix: "nobacktrack.rows")
    }
}
