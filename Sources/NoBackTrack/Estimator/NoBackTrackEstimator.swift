// NoBackTrack: Ollivier, Tallec & Charpiat, "Training recurrent networks online without backtracking",
// arXiv 1507.07680. r independent pairs are kept and averaged; the symbols are those of one pair.
//
// Beyond the paper: the units may be divided into g groups, each reduced by itself. The parameters of a group's units
// are disjoint from the others', so that g pairs share the P numbers of one w̄: with A e_i w_iᵀ summed over the group
// alone, G̃ = Σ_groups v̄_g w̄_gᵀ + Σ_i e_i w_iᵀ is unbiased term by term, and what signs mix is a g-th of it. The cost
// is that of rank one and g products with A.
//
//   symbol   name                       shape
//   v̄        stateFactor                n          of each rank and group
//   w̄        parameterFactor            P          of each rank; a group's is the part of its units
//   w_i      rows of `previous`         sparse     ∂h_i/∂θ of the step before
//   A        linearization              n × n      ∂h(t)/∂h(t-1)
//   ε        signs                      g + n      fair and independent, of each rank
//   ρ        scalings                   g + n      any positive numbers keep the estimate unbiased
//   G̃        estimate                   n × P      v̄ w̄ᵀ + Σ_i e_i w_iᵀ, E G̃ = ∂h/∂θ               (10)
//   J_θ      the optimizer's metric     P          the identity where it has none
//   J_h      stateWeights               n          the metric of states; 1 where J_θ is the identity
//   d        sensitivity                n          running mean of δ²
//   δ        delta                      n          ∂ℓ/∂h

import RealModule

/// How NoBackTrack's scalings ρ are chosen; every choice is unbiased, as long as no pair has to be dropped. Where the optimizer has no metric the first three
/// are one.
package enum FactorScaling: Sendable, Equatable {
    /// Equation (20) with J_h = diag(d): a state counts by how much the loss has lately depended on it. As free of
    /// units as (19), and measured to be less noisy.
    case sensitivity
    /// Equation (20) with (19), J_h = diag(G̃ J_θ⁻¹ G̃ᵀ)⁻¹: a state counts by how well it is known.
    case uncertainty
    /// Equation (14) whatever the optimizer's metric is.
    case euclidean
    /// Every ρ = 1: noisier.
    case none
}

/// The random rank-one estimate of the gradient of the state, linear in the number of parameters and
/// without a past.
package struct NoBackTrackEstimator<Network: Cell, Signs: SignSource>: Estimator {
    package typealias Scalar = Network.Scalar

    /// ‖v̄‖ and ‖w̄‖ above which a pair is dropped: the network is then locally so unstable that the
    /// estimate is noise, and a step later it would not be a number.
    private static var largestFactorNorm: Scalar { 1e9 }

    /// Numbers that one pass writes before the optimizer reads them: they stay in the nearest cache.
    private static var gradientsAtOnce: Int { 4096 }

    private let unitCount: Int
    private let stateCount: Int
    private let parametersPerUnit: Int
    private let signSource: Signs
    private let scaling: FactorScaling
    /// The part of its mean that is added to d, for states that the loss depends on later than at once.
    private let sensitivityFloor: Scalar
    /// ‖A v̄‖ ‖w̄‖ in the metrics above which a pair is dropped, where there are metrics.
    private let largestReach: Scalar
    /// ε_reg, added to both norms of every ratio, so that a small row or column gives a finite scaling.
    private let regularisation: Scalar
    /// r, the independent estimates that are averaged.
    package var rank: Int { shape.rank }
    /// The groups of neighbouring units that are reduced by themselves: their bounds, ascending; g + 1.
    private let bounds: [Int]
    private var shape: FactorShape

    private var stepCount: UInt64 = 0
    private var stateFactor: [Scalar]
    private var parameterFactor: [Scalar]
    private var previous: Network.Linearization
    private var sensitivity: [Scalar]

    private var largestSquaredReach = Scalar.infinity
    /// Whether states have weights other than 1.
    private var isWeighted = false
    private var signs: [Scalar]
    private var scaledSigns: [Scalar]
    private var propagated: [Scalar]
    private var injected: [Scalar]
    private var stateWeights: [Scalar]
    private var columnSquaredNorms: [Scalar]
    private var rowSquaredNorms: [Scalar]
    /// ‖w̄‖² of every pair and unit, Euclidean: what the last pass left.
    private var unitSquaredNorms: [Scalar]
    private var factorSquaredNorms: [Scalar]
    private var memberSquaredNorms: [Scalar]
    private var row: [Scalar]
    private var parameterCoefficients: [Scalar]
    private var projections: [Scalar]
    private var gradients: [Scalar]

    /// An estimate before the first step, exactly zero.
    ///
    /// - Parameters:
    ///   - cell: the network.
    ///   - rank: r ≥ 1.
    ///   - groups: g, 1 … unitCount.
    ///   - signSource: where the signs come from.
    ///   - scaling: how the ρ are chosen.
    ///   - sensitivityFloor: the part of its mean that is added to every state's d, ≥ 0.
    ///   - largestReach: with `sensitivity`, a pair that says the loss changes by more than this where the parameters move
    ///     by (M + πγ)^(-1/2), the square root of the filter's variance but for its forgetting, is dropped: it would spoil
    ///     the filter's precision. For losses that are −log probabilities; infinite for others.
    ///   - regularisation: ε_reg ≥ 0.
    package init(
        cell: Network, rank: Int, groups: Int = 1, signSource: Signs, scaling: FactorScaling = .sensitivity,
        sensitivityFloor: Scalar = 0.1, largestReach: Scalar = 1000, regularisation: Scalar = 1e-12
    ) {
        precondition(rank >= 1 && (1...cell.unitCount).contains(groups) && regularisation >= 0)
        let n = cell.stateCount
        unitCount = cell.unitCount
        stateCount = n
        parametersPerUnit = cell.parametersPerUnit
        let bounds = (0...groups).map { $0 * cell.unitCount / groups }
        self.bounds = bounds
        shape = FactorShape(
            unitCount: cell.unitCount, stateCount: n, parametersPerUnit: cell.parametersPerUnit, rank: rank,
            groupCount: groups, rowCount: 0,
            group: (0..<groups).flatMap { group in
                Array(repeating: Int32(group), count: bounds[group + 1] - bounds[group])
            })
        self.signSource = signSource
        self.scaling = scaling
        self.sensitivityFloor = sensitivityFloor
        self.largestReach = largestReach
        self.regularisation = regularisation
        stateFactor = Array(repeating: 0, count: rank * groups * n)
        parameterFactor = Array(repeating: 0, count: rank * cell.parameterCount)
        previous = cell.makeLinearization()
        signs = Array(repeating: 0, count: groups + n)
        scaledSigns = Array(repeating: 0, count: rank * n)
        propagated = Array(repeating: 0, count: rank * groups * n)
        injected = propagated
        stateWeights = Array(repeating: 1, count: n)
        sensitivity = Array(repeating: 0, count: n)
        columnSquaredNorms = Array(repeating: 0, count: n)
        rowSquaredNorms = Array(repeating: 0, count: n)
        unitSquaredNorms = Array(repeating: 0, count: rank * cell.unitCount)
        factorSquaredNorms = Array(repeating: 0, count: rank * groups)
        memberSquaredNorms = Array(repeating: 0, count: rank)
        row = Array(repeating: 0, count: cell.parametersPerUnit)
        parameterCoefficients = Array(repeating: 0, count: rank * (groups + n))
        projections = []
        gradients = []
    }

    package mutating func step<Step: Optimizer>(
        linearization: inout Network.Linearization, delta: [Scalar], parameters: inout [Scalar],
        optimizer: inout Step
    ) where Step.Scalar == Scalar {
        precondition(parameters.count == unitCount * parametersPerUnit)
        precondition(delta.count % stateCount == 0)
        if optimizer.hasMetric && (scaling == .sensitivity || scaling == .uncertainty) {
            if scaling == .sensitivity, !delta.isEmpty { followSensitivity(delta) }
            measure(in: optimizer)
            largestSquaredReach = largestReach * largestReach
            isWeighted = true
        } else {
            measure()
            largestSquaredReach = .infinity
            isWeighted = false
        }
        linearization.stateJacobianColumnSquaredNorms(
            weights: stateWeights, into: &columnSquaredNorms, parameters: parameters)
        reduce(linearization: linearization, parameters: parameters)
        updateRows(
            linearization: linearization, delta: delta, parameters: &parameters, optimizer: &optimizer)
        swap(&previous, &linearization)  // (13)
        stepCount += 1
    }

    /// g.
    private var groups: Int { shape.groupCount }

    /// Where v̄ of a rank and group begins.
    private func factorStart(_ member: Int, _ group: Int) -> Int { (member * groups + group) * stateCount }

    /// ‖w̄‖² of every pair and ‖w_i‖² of every row, Euclidean.
    private mutating func measure() {
        for member in 0..<rank {
            for group in 0..<groups {
                var sum = Scalar.zero
                for unit in bounds[group]..<bounds[group + 1] {
                    sum += unitSquaredNorms[member * unitCount + unit]
                }
                factorSquaredNorms[member * groups + group] = sum
            }
        }
        previous.parameterDerivativeSquaredNorms(into: &rowSquaredNorms)
    }

    /// The same in the metric of the optimizer, and J_h.
    private mutating func measure<Step: Optimizer>(in metric: Step) where Step.Scalar == Scalar {
        let c = parametersPerUnit
        for pair in factorSquaredNorms.indices { factorSquaredNorms[pair] = 0 }
        for k in 0..<stateCount { stateWeights[k] = 0 }
        for group in 0..<groups {
            for unit in bounds[group]..<bounds[group + 1] {
                for k in previous.states(ofUnit: unit) {
                    for j in 0..<c { row[j] = 0 }
                    previous.addParameterDerivative(ofState: k, scaledBy: 1, to: &row, from: 0)
                    // The factors belong to the unit, not to each of its states.
                    let square = metric.squaredNorms(
                        unit: unit, parameterFactor,
                        VectorPlaces(
                            start: unit * c, stride: unitCount * c, count: k < unitCount ? rank : 0),
                        row, count: c, into: &memberSquaredNorms)
                    rowSquaredNorms[k] = max(square, 0)
                    if k < unitCount {
                        for member in 0..<rank {
                            factorSquaredNorms[member * groups + group] += memberSquaredNorms[member]
                        }
                    }
                    guard scaling == .uncertainty else { continue }
                    for member in 0..<rank {
                        let common = metric.product(
                            parameterFactor, from: (member * unitCount + unit) * c, row, from: 0,
                            unit: unit, count: c)
                        stateWeights[k] +=
                            2 * stateFactor[factorStart(member, group) + k] * common / Scalar(rank)
                    }
                }
            }
        }
        if scaling == .uncertainty { weighByUncertainty() } else { weighBySensitivity() }
    }

    /// J_h by (19), of the estimate of the step before, averaged over the ranks. On entry the weights hold the
    /// diagonal's mixed terms.
    private mutating func weighByUncertainty() {
        for k in 0..<stateCount {
            var variance = stateWeights[k] + rowSquaredNorms[k] + regularisation
            for pair in factorSquaredNorms.indices {
                let v̄_k = stateFactor[pair * stateCount + k]
                variance += v̄_k * v̄_k * factorSquaredNorms[pair] / Scalar(rank)
            }
            stateWeights[k] = variance > 0 ? 1 / variance : 0
        }
    }

    /// J_h by d.
    private mutating func weighBySensitivity() {
        var sum = Scalar.zero
        for k in 0..<stateCount { sum += sensitivity[k] }
        let floor = sensitivityFloor * sum / Scalar(stateCount)
        for k in 0..<stateCount { stateWeights[k] = sensitivity[k] + floor }
    }

    /// d ← d + rate (δ² − d).
    private mutating func followSensitivity(_ delta: [Scalar]) {
        let rate = max(Scalar(1e-3), 1 / (Scalar(stepCount) + 10))
        for k in 0..<stateCount {
            let square = delta[k] * delta[k]
            // What would not be a number soon says nothing either.
            if square < Scalar(1e18) { sensitivity[k] += rate * (square - sensitivity[k]) }
        }
    }

    /// Advances every v̄ by (11) and leaves the coefficients of (12) for ``updateRows``: of every rank first those of its
    /// groups' w̄, then those of the rows w_i.
    private mutating func reduce(linearization: Network.Linearization, parameters: [Scalar]) {
        let n = stateCount
        linearization.multiplyStateJacobian(
            stateFactor, VectorPlaces(stride: n, count: rank * groups), units: 0..<unitCount,
            into: &propagated, VectorPlaces(stride: n, count: rank * groups), parameters: parameters)
        for member in 0..<rank {
            signSource.draw(&signs, step: stepCount, pair: member)
            scaleRows(member)
            for group in 0..<groups { scaleFactor(member, group: group, linearization: linearization) }
        }
        for group in 0..<groups {
            linearization.multiplyStateJacobian(
                scaledSigns, VectorPlaces(stride: n, count: rank), units: bounds[group]..<bounds[group + 1],
                into: &injected, VectorPlaces(start: group * n, stride: groups * n, count: rank),
                parameters: parameters)
        }
        for i in stateFactor.indices { stateFactor[i] = propagated[i] + injected[i] }  // (11)
    }

    /// The scalings ρ_i of one rank's rows by (14) or (20).
    private mutating func scaleRows(_ member: Int) {
        let (n, g) = (stateCount, groups)
        let first = member * (g + n) + g
        let (regularisation, areOne) = (regularisation, scaling == .none)
        rowSquaredNorms.withUnsafeBufferPointer { rows in
            columnSquaredNorms.withUnsafeBufferPointer { columns in
                signs.withUnsafeBufferPointer { signs in
                    scaledSigns.withUnsafeMutableBufferPointer { products in
                        parameterCoefficients.withUnsafeMutableBufferPointer { quotients in
                            guard let rows = rows.baseAddress, let columns = columns.baseAddress,
                                let signs = signs.baseAddress, let products = products.baseAddress,
                                let quotients = quotients.baseAddress
                            else { return }
                            Scalar.Kernels.scalings(
                                rows: rows, columns: columns, signs: signs + g,
                                regularisation: regularisation, areOne: areOne,
                                products: products + member * n, quotients: quotients + first, count: n)
                        }
                    }
                }
            }
        }
    }

    /// The scaling ρ_0 of one pair, and A v̄ scaled by it.
    private mutating func scaleFactor(
        _ member: Int, group: Int, linearization: Network.Linearization
    ) {
        let n = stateCount
        let start = factorStart(member, group)
        let (squaredNorm_Av̄, weighted) = propagatedSquares(from: start)
        let squaredNorm_w̄ = factorSquaredNorms[member * groups + group]
        let largest = Self.largestFactorNorm * Self.largestFactorNorm
        guard squaredNorm_w̄ < largest, weighted < largest, squaredNorm_Av̄ < largest,
            squaredNorm_w̄ * weighted <= largestSquaredReach
        else { return drop(member, group: group, linearization: linearization) }
        let ρ_0 = Self.ratio(squaredNorm_w̄, weighted, scaling, regularisation)  // (14), (20)
        let ε_0 = signs[group]
        parameterCoefficients[member * (groups + n) + group] = ρ_0 > 0 ? ε_0 / ρ_0 : 0
        scale(&propagated, from: start, count: n, by: ε_0 * ρ_0)
    }

    /// ‖A v̄‖² of the pair that begins here, Euclidean and in the metric of states.
    private func propagatedSquares(from start: Int) -> (plain: Scalar, weighted: Scalar) {
        let plain = squaredNorm(propagated, from: start, count: stateCount)
        guard isWeighted else { return (plain, plain) }
        var weighted = Scalar.zero
        for k in 0..<stateCount {
            weighted += stateWeights[k] * propagated[start + k] * propagated[start + k]
        }
        return (plain, weighted)
    }

    /// sqrt(‖w‖ / ‖v‖) regularised; 0 where w is zero and there is nothing to reduce, 1 where the metric has no
    /// opinion of v.
    @inline(__always)
    private static func ratio(
        _ squaredNorm_w: Scalar, _ squaredNorm_v: Scalar, _ scaling: FactorScaling, _ ε_reg: Scalar
    ) -> Scalar {
        guard squaredNorm_w > 0 else { return 0 }
        guard scaling != .none, squaredNorm_v > 0 else { return 1 }
        return Scalar.sqrt(
            (Scalar.sqrt(squaredNorm_w) + ε_reg) / (Scalar.sqrt(squaredNorm_v) + ε_reg))
    }

    /// Forgets one pair's past: its share of the estimate is the newest exact rows alone until it has
    /// gathered a past again.
    private mutating func drop(_ member: Int, group: Int, linearization: Network.Linearization) {
        let start = factorStart(member, group)
        for i in 0..<stateCount { propagated[start + i] = 0 }
        let base = member * (groups + stateCount)
        parameterCoefficients[base + group] = 0
        for unit in bounds[group]..<bounds[group + 1] {
            for i in linearization.states(ofUnit: unit) {
                scaledSigns[member * stateCount + i] = 0
                parameterCoefficients[base + groups + i] = 0
            }
            let row = (member * unitCount + unit) * parametersPerUnit
            for p in row..<row + parametersPerUnit { parameterFactor[p] = 0 }
        }
    }

    /// δᵀv̄, and the same for the rows of C, over the rank.
    private mutating func project(_ delta: [Scalar]) {
        let n = stateCount
        let pairs = rank * groups
        let rowCount = delta.count / n
        if projections.count != rowCount * pairs {
            projections = Array(repeating: 0, count: rowCount * pairs)
        }
        multiply(
            stateFactor, from: 0, stride: n, rowCount: pairs, columnCount: n, delta,
            VectorPlaces(stride: n, count: rowCount), into: &projections,
            VectorPlaces(stride: pairs, count: rowCount))
        if rank > 1 { scale(&projections, from: 0, count: projections.count, by: 1 / Scalar(rank)) }
    }

    /// One pass over the units, a few at a time: w̄ by (12), the gradient rows by (15), the parameters by the optimizer.
    private mutating func updateRows<Step: Optimizer>(
        linearization: Network.Linearization, delta: [Scalar], parameters: inout [Scalar],
        optimizer: inout Step
    ) where Step.Scalar == Scalar {
        let c = parametersPerUnit
        shape.rowCount = delta.count / stateCount
        project(delta)
        let atOnce = max(Self.gradientsAtOnce / (max(shape.rowCount, 1) * c), 1)
        let room = min(atOnce, unitCount) * shape.rowCount * c
        if gradients.count < room { gradients = Array(repeating: 0, count: room) }
        var first = 0
        while first < unitCount {
            let units = first..<min(first + atOnce, unitCount)
            var (isReduced, isStepped) = (false, false)
            if shape.rowCount == 1 {
                isStepped = optimizer.withKernelStep(units: units, parameters: &parameters) { step in
                    isReduced = true
                    return reduceRows(units, linearization: linearization, delta: delta, step: step)
                }
            }
            if !isReduced { _ = reduceRows(units, linearization: linearization, delta: delta, step: nil) }
            if shape.rowCount > 0, !isStepped {
                optimizer.update(
                    units: units, gradients: &gradients, rowCount: shape.rowCount, parameters: &parameters)
            }
            first = units.upperBound
        }
    }

    /// The pass over some units: whether it took the step too.
    private mutating func reduceRows(
        _ units: Range<Int>, linearization: Network.Linearization, delta: [Scalar], step: KernelStep<Scalar>?
    ) -> Bool {
        linearization.reduceRows(
            after: previous, units: units, shape: shape, coefficients: parameterCoefficients,
            projections: projections, delta: delta, factor: &parameterFactor, gradient: &gradients,
            squaredNorms: &unitSquaredNorms, step: step)
    }

    package func denseEstimate() -> [Scalar] {
        let n = stateCount
        let P = unitCount * parametersPerUnit
        var estimate = [Scalar](repeating: 0, count: n * P)
        for k in 0..<n {
            for member in 0..<rank {
                for group in 0..<groups {
                    let v = stateFactor[factorStart(member, group) + k] / Scalar(rank)
                    for p in bounds[group] * parametersPerUnit..<bounds[group + 1] * parametersPerUnit {
                        estimate[k * P + p] += v * parameterFactor[member * P + p]
                    }
                }
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
        try coder.exchange("nobacktrack.v", shape: [rank * groups, stateCount], &stateFactor)
        try coder.exchange(
            "nobacktrack.w", shape: [rank, unitCount, parametersPerUnit], &parameterFactor)
        if scaling == .sensitivity {
            try coder.exchange("nobacktrack.sensitivity", shape: [stateCount], &sensitivity)
        }
        try coder.exchange("nobacktrack.step", &stepCount)
        try previous.exchange(with: &coder, prefix: "nobacktrack.rows")
        for place in unitSquaredNorms.indices {
            unitSquaredNorms[place] = previous.unitSquaredNorm(
                parameterFactor, from: place * parametersPerUnit, shape: shape)
        }
    }
}
