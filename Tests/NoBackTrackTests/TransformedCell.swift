import NoBackTrack

/// A cell seen in other units: h' = s h for every state, θ' = T⁻ᵀ θ for every parameter, where T is diagonal or moves a
/// part of a weight into the bias of its row. What it computes is the same, expressed differently.
///
/// With an input x' = a x + b, a weight on it becomes θ / a and its bias loses b θ / a: derivatives by the new
/// parameters are a ∂ + b ∂_bias for the weight, ∂_bias for the bias.
struct TransformedCell<Base: Cell>: Cell where Base.Scalar == Double {
    typealias Scalar = Double

    let base: Base
    /// s, by state.
    let stateScale: [Double]
    /// a, by parameter: derivatives by it are this much larger.
    let parameterScale: [Double]
    /// b, by parameter: how much of the bias's derivative is added; 0 for biases.
    let biasShare: [Double]

    init(
        _ base: Base, stateScale: [Double]? = nil, parameterScale: [Double]? = nil, biasShare: [Double]? = nil
    ) {
        self.base = base
        self.stateScale = stateScale ?? Array(repeating: 1, count: base.stateCount)
        self.parameterScale = parameterScale ?? Array(repeating: 1, count: base.parameterCount)
        self.biasShare = biasShare ?? Array(repeating: 0, count: base.parameterCount)
    }

    var stateCount: Int { base.stateCount }
    var readoutStates: Range<Int> { base.readoutStates }
    var inputCount: Int { base.inputCount }
    var unitCount: Int { base.unitCount }
    var parametersPerUnit: Int { base.parametersPerUnit }
    var parameterRows: [ParameterRow] { base.parameterRows }

    /// The bias that belongs to a parameter, as a place among all.
    private func bias(of p: Int) -> Int {
        let unit = p / parametersPerUnit
        let j = p % parametersPerUnit
        let row = base.parameterRows.first { $0.range.contains(j) }
        return unit * parametersPerUnit + (row?.bias ?? j)
    }

    /// θ of the base for θ' of this one.
    func original(_ parameters: [Double]) -> [Double] {
        var result = parameters.indices.map { parameterScale[$0] * parameters[$0] }
        for p in parameters.indices where bias(of: p) != p {
            result[bias(of: p)] += biasShare[p] * parameters[p]
        }
        return result
    }

    /// θ' for θ of the base.
    func transformed(_ parameters: [Double]) -> [Double] {
        var result = parameters.indices.map { parameters[$0] / parameterScale[$0] }
        for p in parameters.indices where bias(of: p) != p {
            result[bias(of: p)] -= biasShare[p] * result[p] / parameterScale[bias(of: p)]
        }
        return result
    }

    /// A quasi-diagonal precision of the base, expressed here.
    func transformed(diagonal: [Double], withBias: [Double]) -> (diagonal: [Double], withBias: [Double]) {
        var newDiagonal = diagonal
        var newWithBias = withBias
        for p in diagonal.indices {
            let b = bias(of: p)
            let (a, share) = (parameterScale[p], biasShare[p])
            guard b != p else {
                newDiagonal[p] = a * a * diagonal[p]
                newWithBias[p] = newDiagonal[p]
                continue
            }
            newDiagonal[p] = a * a * diagonal[p] + 2 * a * share * withBias[p] + share * share * diagonal[b]
            newWithBias[p] = parameterScale[b] * (a * withBias[p] + share * diagonal[b])
        }
        return (newDiagonal, newWithBias)
    }

    func initialParameters(_ generator: Philox) -> [Double] { transformed(base.initialParameters(generator)) }

    func makeLinearization() -> Linearization {
        Linearization(base: base.makeLinearization(), cell: self)
    }

    func advance(
        state: inout [Double], input: [Double], parameters: [Double], linearization: inout Linearization
    ) {
        var plain = zip(state, stateScale).map { $0 / $1 }
        base.advance(
            state: &plain, input: input, parameters: original(parameters), linearization: &linearization.base)
        state = zip(plain, stateScale).map { $0 * $1 }
    }

    struct Linearization: CellLinearization {
        typealias Scalar = Double
        var base: Base.Linearization
        let cell: TransformedCell

        func states(ofUnit unit: Int) -> StrideTo<Int> { base.states(ofUnit: unit) }

        func multiplyStateJacobian(
            _ v: [Double], _ vPlaces: VectorPlaces, units: Range<Int>, into out: inout [Double],
            _ outPlaces: VectorPlaces, parameters: [Double]
        ) {
            let s = cell.stateScale
            for q in 0..<vPlaces.count {
                let plain = s.indices.map { v[vPlaces.start + q * vPlaces.stride + $0] / s[$0] }
                var product = plain
                base.multiplyStateJacobian(
                    plain, from: 0, units: units, into: &product, parameters: cell.original(parameters))
                for k in s.indices { out[outPlaces.start + q * outPlaces.stride + k] = product[k] * s[k] }
            }
        }

        func multiplyTransposedStateJacobian(
            _ v: [Double], from start: Int, into out: inout [Double], parameters: [Double]
        ) {
            let s = cell.stateScale
            let plain = s.indices.map { v[start + $0] * s[$0] }
            base.multiplyTransposedStateJacobian(
                plain, from: 0, into: &out, parameters: cell.original(parameters))
            for k in s.indices { out[k] /= s[k] }
        }

        func stateJacobianEntry(row: Int, column: Int, parameters: [Double]) -> Double {
            cell.stateScale[row] / cell.stateScale[column]
                * base.stateJacobianEntry(row: row, column: column, parameters: cell.original(parameters))
        }

        func stateJacobianColumnSquaredNorms(
            weights: [Double], into out: inout [Double], parameters: [Double]
        ) {
            let s = cell.stateScale
            let plain = s.indices.map { weights[$0] * s[$0] * s[$0] }
            base.stateJacobianColumnSquaredNorms(
                weights: plain, into: &out, parameters: cell.original(parameters))
            for k in s.indices { out[k] /= s[k] * s[k] }
        }

        func addParameterDerivative(
            ofState k: Int, scaledBy s: Double, to rows: inout [Double], from start: Int
        ) {
            for (j, value) in row(ofState: k).enumerated() { rows[start + j] += s * value }
        }

        func parameterDerivativeSquaredNorm(ofState k: Int) -> Double {
            row(ofState: k).reduce(0) { $0 + $1 * $1 }
        }

        private func row(ofState k: Int) -> [Double] {
            let c = cell.parametersPerUnit
            let unit = (0..<cell.unitCount).first { base.states(ofUnit: $0).contains(k) } ?? 0
            var plain = [Double](repeating: 0, count: c)
            base.addParameterDerivative(ofState: k, scaledBy: cell.stateScale[k], to: &plain, from: 0)
            return (0..<c).map { j in
                let p = unit * c + j
                let bias = cell.bias(of: p)
                let own = cell.parameterScale[p] * plain[j]
                return bias == p ? own : own + cell.biasShare[p] * plain[bias - unit * c]
            }
        }

        mutating func exchange(with coder: inout StateCoder, prefix: String) throws(StateError) {
            try base.exchange(with: &coder, prefix: prefix)
        }
    }
}
