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
//   J_θ      the optimizer's metric     P          the identity where it has none
//   J_h      stateWeights               n          1 / diag(G̃ J_θ⁻¹ G̃ᵀ); 1 where there is no metric (19)
//   δ        delta                      n          ∂ℓ/∂h

import RealModule

/// The random rank-one estimate of the gradient of the state, linear in the number of parameters and
/// without a past.
package struct NoBackTrackEstimator<Network: Cell, Signs: SignSource>: Estimator {
    package typealias Scalar = Network.Scalar

    /// How the scalings ρ are chosen; every choice is unbiased.
    package enum Scaling: Sendable, Equatable {
        /// In the optimizer's metric: equation (20), which is equation (14) where the metric is Euclidean.
        case optimal
        /// Equation (14) whatever the optimizer's metric is.
        case euclidean
        /// Every ρ = 1: noisier.
        case none
    }

    /// ‖v̄‖ and ‖w̄‖ above which a pair is dropped: the network is then locally so unstable that the
    /// estimate is noise, and a step later it would not be a number.
    private static var largestFactorNorm: Scalar { 1e9 }

    private let unitCount: Int
    private let stateCount: Int
    private let parametersPerUnit: Int
    private let signSource: Signs
    private let scaling: Scaling
    /// ε_reg, added to both norms of every ratio, so that a small row or column gives a finite scaling.
    private let regularisation: Scalar
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
    private var stateWeights: [Scalar]
    private var columnSquaredNorms: [Scalar]
    private var rowSquaredNorms: [Scalar]
    private var factorSquaredNorms: [Scalar]
    private var row: [Scalar]
    private var parameterCoefficients: [Scalar]
    private var projections: [Scalar]
    private var gradients: UnitGradients<Scalar>

    /// An estimate before the first step, exactly zero.
    ///
    /// - Parameters:
    ///   - cell: the network.
    ///   - rank: r ≥ 1.
    ///   - signSource: where the signs come from.
    ///   - scaling: how the ρ are chosen.
    ///   - regularisation: ε_reg ≥ 0.
    package init(
        cell: Network, rank: Int, signSource: Signs, scaling: Scaling = .optimal,
        regularisation: Scalar = 1e-12
    ) {
        precondition(rank >= 1 && regularisation >= 0)
        let n = cell.stateCount
        unitCount = cell.unitCount
        stateCount = n
        parametersPerUnit = cell.parametersPerUnit
        self.rank = rank
        self.signSource = signSource
        self.scaling = scaling
        self.regularisation = regularisation
        stateFactor = Array(repeating: 0, count: rank * n)
        parameterFactor = Array(repeating: 0, count: rank * cell.parameterCount)
        previous = cell.makeLinearization()
        signs = Array(repeating: 0, count: n + 1)
        scaledSigns = Array(repeating: 0, count: n)
        propagated = Array(repeating: 0, count: n)
        injected = Array(repeating: 0, count: n)
        stateWeights = Array(repeating: 1, count: n)
        columnSquaredNorms = Array(repeating: 0, count: n)
        rowSquaredNorms = Array(repeating: 0, count: n)
        factorSquaredNorms = Array(repeating: 0, count: rank)
        row = Array(repeating: 0, count: cell.parametersPerUnit)
        parameterCoefficients = Array(repeating: 0, count: rank * (n + 1))
        projections = []
        gradients = UnitGradients(parametersPerUnit: cell.parametersPerUnit)
    }

    package mutating func step<Step: Optimizer>(
        linearization: Network.Linearization, delta: [Scalar], parameters: inout [Scalar],
        optimizer: inout Step
    ) where Step.Scalar == Scalar {
        precondition(parameters.count == unitCount * parametersPerUnit)
        precondition(delta.count % stateCount == 0)
        if scaling == .optimal && optimizer.hasMetric {
            measure(in: optimizer)
        } else {
            measure()
        }
        linearization.stateJacobianColumnSquaredNorms(
            weights: stateWeights, into: &columnSquaredNorms, parameters: parameters)
        for pair in 0..<rank { reduce(pair: pair, linearization: linearization, parameters: parameters) }
        updateRows(
            linearization: linearization, delta: delta, parameters: &parameters, optimizer: &optimizer)
        previous = linearization  // (13)
        stepCount += 1
    }

    /// ‖w̄‖² of every pair and ‖w_i‖² of every row, Euclidean.
    private mutating func measure() {
        let P = unitCount * parametersPerUnit
        for pair in 0..<rank {
            factorSquaredNorms[pair] = squaredNorm(parameterFactor, from: pair * P, count: P)
        }
        for k in 0..<stateCount { rowSquaredNorms[k] = previous.parameterDerivativeSquaredNorm(ofState: k) }
    }

    /// The same in the metric of the optimizer, and J_h from the estimate of the step before, of which the
    /// average over the pairs is taken.
    private mutating func measure<Step: Optimizer>(in metric: Step) where Step.Scalar == Scalar {
        let c = parametersPerUnit
        let P = unitCount * c
        for pair in 0..<rank { factorSquaredNorms[pair] = 0 }
        for k in 0..<stateCount { stateWeights[k] = 0 }
        for unit in 0..<unitCount {
            for pair in 0..<rank {
                let start = pair * P + unit * c
                factorSquaredNorms[pair] += metric.product(
                    parameterFactor, from: start, parameterFactor, from: start, unit: unit, count: c)
            }
            for k in previous.states(ofUnit: unit) {
                for j in 0..<c { row[j] = 0 }
                previous.addParameterDerivative(ofState: k, scaledBy: 1, to: &row, from: 0)
                rowSquaredNorms[k] = max(metric.product(row, from: 0, row, from: 0, unit: unit, count: c), 0)
                for pair in 0..<rank {
                    let common = metric.product(
                        parameterFactor, from: pair * P + unit * c, row, from: 0, unit: unit, count: c)
                    stateWeights[k] += 2 * stateFactor[pair * stateCount + k] * common / Scalar(rank)
                }
            }
        }
        for k in 0..<stateCount {
            var variance = stateWeights[k] + rowSquaredNorms[k] + regularisation
            for pair in 0..<rank {
                let v̄_k = stateFactor[pair * stateCount + k]
                variance += v̄_k * v̄_k * factorSquaredNorms[pair] / Scalar(rank)
            }
            stateWeights[k] = variance > 0 ? 1 / variance : 0  // (19)
        }
    }

    /// sqrt(‖w‖ / ‖v‖) regularised, or nil where one of the two is zero and there is nothing to reduce.
    private func ratio(_ squaredNorm_w: Scalar, _ squaredNorm_v: Scalar) -> Scalar? {
        guard squaredNorm_w > 0, squaredNorm_v > 0 else { return nil }
        if scaling == .none { return 1 }
        let ε_reg = regularisation
        return Scalar.sqrt(
            (Scalar.sqrt(squaredNorm_w) + ε_reg) / (Scalar.sqrt(squaredNorm_v) + ε_reg))
    }

    /// Advances v̄ of one pair by (11) and leaves the coefficients of (12) for ``updateRows``: first that
    /// of w̄, then those of the rows w_i.
    private mutating func reduce(
        pair: Int, linearization: Network.Linearization, parameters: [Scalar]
    ) {
        let n = stateCount
        linearization.multiplyStateJacobian(
            stateFactor, from: pair * n, into: &propagated, parameters: parameters)
        var squaredNorm_Av̄ = Scalar.zero
        for k in 0..<n { squaredNorm_Av̄ += stateWeights[k] * propagated[k] * propagated[k] }
        let squaredNorm_w̄ = factorSquaredNorms[pair]
        signSource.draw(&signs, step: stepCount, pair: pair)
        let base = pair * (n + 1)
        let largest = Self.largestFactorNorm * Self.largestFactorNorm
        guard squaredNorm_w̄ < largest, squaredNorm_Av̄ < largest,
            squaredNorm(propagated, count: n) < largest
        else { return drop(pair: pair) }
        let ρ_0 = ratio(squaredNorm_w̄, squaredNorm_Av̄)  // (14), (20)
        parameterCoefficients[base] = ρ_0.map { signs[0] / $0 } ?? 0
        for i in 0..<n {
            let ρ_i = ratio(rowSquaredNorms[i], columnSquaredNorms[i])
            scaledSigns[i] = ρ_i.map { signs[i + 1] * $0 } ?? 0
            parameterCoefficients[base + 1 + i] = ρ_i.map { signs[i + 1] / $0 } ?? 0
        }
        linearization.multiplyStateJacobian(
            scaledSigns, from: 0, into: &injected, parameters: parameters)
        let scale = ρ_0.map { signs[0] * $0 } ?? 0
        for i in 0..<n {
            stateFactor[pair * n + i] = scale * propagated[i] + injected[i]  // (11)
        }
    }

    /// Forgets one pair's past: its share of the estimate is the newest exact rows alone until it has
    /// gathered a past again.
    private mutating func drop(pair: Int) {
        for i in 0..<stateCount { stateFactor[pair * stateCount + i] = 0 }
        for i in 0...stateCount { parameterCoefficients[pair * (stateCount + 1) + i] = 0 }
        let P = unitCount * parametersPerUnit
        for p in pair * P..<(pair + 1) * P { parameterFactor[p] = 0 }
    }

    /// δᵀv̄, and the same for the rows of C, averaged over the pairs.
    private mutating func project(_ delta: [Scalar]) {
        let n = stateCount
        let rowCount = delta.count / n
        if projections.count != rowCount * rank {
            projections = Array(repeating: 0, count: rowCount * rank)
        }
        for row in 0..<rowCount {
            for pair in 0..<rank {
                let projection = dot(delta, from: row * n, stateFactor, at: pair * n, count: n)
                projections[row * rank + pair] = projection / Scalar(rank)
            }
        }
    }

    /// One pass over the units: w̄ by (12), the gradient rows by (15), the parameters by the optimizer.
    private mutating func updateRows<Step: Optimizer>(
        linearization: Network.Linearization, delta: [Scalar], parameters: inout [Scalar],
        optimizer: inout Step
    ) where Step.Scalar == Scalar {
        let n = stateCount
        let c = parametersPerUnit
        let P = unitCount * c
        project(delta)
        for unit in 0..<unitCount {
            let states = linearization.states(ofUnit: unit)
            if !delta.isEmpty { gradients.reset(delta: delta, stateCount: n) }
            for pair in 0..<rank {
                let base = pair * (n + 1)
                let start = pair * P + unit * c
                scale(&parameterFactor, from: start, count: c, by: parameterCoefficients[base])  // (12)
                for k in states {
                    previous.addParameterDerivative(
                        ofState: k, scaledBy: parameterCoefficients[base + 1 + k],
                        to: &parameterFactor, from: start)
                }
                guard !delta.isEmpty else { continue }
                for row in 0..<gradients.rowCount {
                    gradients.add(
                        parameterFactor, from: start, by: projections[row * rank + pair], toRow: row)  // (15)
                }
            }
            guard !delta.isEmpty else { continue }
            for k in states {
                for row in 0..<gradients.rowCount {
                    gradients.addDerivative(linearization, ofState: k, by: delta[row * n + k], toRow: row)
                }
            }
            optimizer.update(unit: unit, gradient: gradients.rows, parameters: &parameters)
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
