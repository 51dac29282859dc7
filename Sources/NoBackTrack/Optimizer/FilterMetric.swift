// The precision J of a filter's parameters, a unit at a time; equation (16)'s left side.
//
//   symbol    name            shape
//   J_jj      diagonal        P
//   J_0j      withBias        P, only in the quasi-diagonal form: what a weight has in common with the bias of its row
//   s_j       -               J_jj - J_0j² / J_00, the precision of weight j when the bias is free
//
// The quasi-diagonal inverse (Ollivier, "Riemannian metrics for neural networks I", arXiv 1303.0818): J⁻¹ = Lᵀ S⁻¹ L
// with (L a)_j = a_j - a_0 J_0j / J_00 for weights, (L a)_0 = a_0, and S = diag(s_j; J_00). It is unchanged by an
// affine change of a unit's inputs; the diagonal one only by their scaling.

import RealModule

/// How much of the metric is kept.
package enum FilterMetricKind: Sendable, Equatable {
    /// The diagonal: P numbers.
    case diagonal
    /// The diagonal and every weight's product with the bias of its row: 2 P numbers.
    case quasiDiagonal
}

/// J of all units.
package struct FilterMetric<Scalar: LearnerScalar>: Sendable {
    /// s_j is not taken below this part of J_jj: what is left of it there is rounding.
    private static var smallestPart: Scalar { Scalar.ulpOfOne * 16 }

    /// What is kept.
    package let kind: FilterMetricKind
    private let unitCount: Int
    private let parametersPerUnit: Int
    private let rows: [ParameterRow]
    private var diagonal: [Scalar]
    private var withBias: [Scalar]

    /// A metric to start from.
    ///
    /// - Parameters:
    ///   - rows: of each unit's parameters; ``Cell/parameterRows``.
    ///   - prior: J_jj at the start, the precision of what the parameters are believed to be near; ≥ 0; P.
    ///   - priorWithBias: J_0j at the start, P; nil: 0.
    package init(
        kind: FilterMetricKind, unitCount: Int, rows: [ParameterRow], prior: [Scalar],
        priorWithBias: [Scalar]? = nil
    ) {
        self.kind = kind
        self.unitCount = unitCount
        self.rows = rows
        parametersPerUnit = prior.count / unitCount
        precondition(prior.count == unitCount * parametersPerUnit)
        precondition(rows.last?.range.upperBound == parametersPerUnit)
        diagonal = prior
        let start = priorWithBias ?? Array(repeating: 0, count: prior.count)
        precondition(start.count == prior.count)
        withBias = kind == .diagonal ? [] : start
    }

    /// J ← s J for one unit.
    package mutating func forget(unit: Int, keeping s: Scalar) {
        scale(&diagonal, from: unit * parametersPerUnit, count: parametersPerUnit, by: s)
        if kind == .quasiDiagonal {
            scale(&withBias, from: unit * parametersPerUnit, count: parametersPerUnit, by: s)
        }
    }

    /// J ← J + s h hᵀ for one unit, as far as J is kept.
    ///
    /// - Parameter h: holds the unit's row from `start`.
    package mutating func add(_ h: [Scalar], from start: Int, by s: Scalar, unit: Int) {
        let base = unit * parametersPerUnit
        addScaledSquares(h, from: start, by: s, to: &diagonal, at: base, count: parametersPerUnit)
        guard kind == .quasiDiagonal else { return }
        for row in rows {
            addScaled(
                h, from: start + row.range.lowerBound, by: s * h[start + row.bias], to: &withBias,
                at: base + row.range.lowerBound, count: row.range.count)
        }
    }

    /// aᵀ (J + d)⁻¹ b for vectors over one unit's parameters.
    package func product(
        _ a: [Scalar], from aStart: Int, _ b: [Scalar], from bStart: Int, unit: Int, damping d: Scalar
    ) -> Scalar {
        let base = unit * parametersPerUnit
        precondition(aStart + parametersPerUnit <= a.count && bStart + parametersPerUnit <= b.count)
        var sum = Scalar.zero
        guard kind == .quasiDiagonal else {
            let (a, b, J) = (a.span, b.span, diagonal.span)
            for j in 0..<parametersPerUnit {
                sum = Relaxed.sum(
                    sum, a[unchecked: aStart &+ j] * b[unchecked: bStart &+ j] / (J[unchecked: base &+ j] + d)
                )
            }
            return sum
        }
        for row in rows {
            let J_00 = diagonal[base + row.bias] + d
            let a_0 = a[aStart + row.bias]
            let b_0 = b[bStart + row.bias]
            for j in row.range where j != row.bias {
                let slope = withBias[base + j] / J_00
                let s_j = free(base + j, slope: slope, damping: d)
                sum += (a[aStart + j] - a_0 * slope) * (b[bStart + j] - b_0 * slope) / s_j
            }
            sum += a_0 * b_0 / J_00
        }
        return sum
    }

    /// aᵀ (J + d)⁻¹ a of vectors over one unit's parameters, into `out` from its start.
    ///
    /// - Returns: the same of `b`.
    package func squaredNorms(
        unit: Int, _ a: [Scalar], _ places: VectorPlaces, _ b: [Scalar], damping d: Scalar,
        into out: inout [Scalar]
    ) -> Scalar {
        guard kind == .diagonal else {
            for place in 0..<places.count {
                let start = places.start + place * places.stride
                out[place] = product(a, from: start, a, from: start, unit: unit, damping: d)
            }
            return product(b, from: 0, b, from: 0, unit: unit, damping: d)
        }
        precondition(places.fit(length: parametersPerUnit, in: a.count) && places.count <= out.count)
        precondition(parametersPerUnit <= b.count)
        var square = Scalar.zero
        diagonal.withUnsafeBufferPointer { J in
            a.withUnsafeBufferPointer { a in
                guard let J = J.baseAddress, let a = a.baseAddress else { return }
                Scalar.Kernels.inverseWeightedSquares(
                    diagonal: J + unit * parametersPerUnit, damping: d, count: parametersPerUnit,
                    a + places.start, strideA: places.stride, countA: places.count, b, outA: &out,
                    outB: &square)
            }
        }
        return square
    }

    /// Gives a kernel the diagonal.
    mutating func withDiagonal<Result>(_ body: (UnsafeMutablePointer<Scalar>?) -> Result) -> Result {
        diagonal.withUnsafeMutableBufferPointer { body($0.baseAddress) }
    }

    /// v ← (J + d)⁻¹ v for one unit's vector.
    package func solve(_ v: inout [Scalar], unit: Int, damping d: Scalar) {
        let base = unit * parametersPerUnit
        precondition(v.count >= parametersPerUnit)
        guard kind == .quasiDiagonal else {
            let J = diagonal.span
            var v = v.mutableSpan
            for j in 0..<parametersPerUnit { v[unchecked: j] /= J[unchecked: base &+ j] + d }
            return
        }
        for row in rows {
            let J_00 = diagonal[base + row.bias] + d
            let v_0 = v[row.bias]
            var atBias = v_0 / J_00
            for j in row.range where j != row.bias {
                let slope = withBias[base + j] / J_00
                v[j] = (v[j] - v_0 * slope) / free(base + j, slope: slope, damping: d)
                atBias -= slope * v[j]
            }
            v[row.bias] = atBias
        }
    }

    /// Holds every entry of v within ± sqrt(squaredRatio / (J_jj + d)), for one unit's vector.
    package func limit(_ v: inout [Scalar], unit: Int, damping d: Scalar, squaredRatio: Scalar) {
        let base = unit * parametersPerUnit
        precondition(v.count >= parametersPerUnit)
        let J = diagonal.span
        var v = v.mutableSpan
        for j in 0..<parametersPerUnit {
            let largest = (squaredRatio / (J[unchecked: base &+ j] + d)).squareRoot()
            v[unchecked: j] = min(max(v[unchecked: j], -largest), largest)
        }
    }

    /// s_j of the weight at this place of the arrays.
    private func free(_ place: Int, slope: Scalar, damping d: Scalar) -> Scalar {
        let J_jj = diagonal[place] + d
        return max(J_jj - slope * withBias[place], Self.smallestPart * J_jj)
    }

    /// Saves or restores J.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        let shape = [unitCount, parametersPerUnit]
        try coder.exchange("metric.j", shape: shape, &diagonal)
        if kind == .quasiDiagonal { try coder.exchange("metric.bias", shape: shape, &withBias) }
    }
}
