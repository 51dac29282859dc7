import CNoBackTrackKernels

/// The linearization of a cell whose w_k are made of segments: parts of a unit's parameters, the derivative by which is
/// a number κ times a part of a vector z.
///
/// One kernel serves them all.
protocol SegmentedLinearization: CellLinearization {
    /// The parts of a unit's parameters, and the parts of z.
    var segments: [nbt_segment] { get }
    /// How far apart two units' z are in ``source``; 0: they share one.
    var sourceStride: Int { get }
    /// States that depend on a unit's parameters.
    var statesPerUnit: Int { get }
    /// z.
    var source: [Scalar] { get }
    /// κ: stateCount × segments.
    var gains: [Scalar] { get }
}

extension SegmentedLinearization {
    package func reduceRows(
        after previous: Self, units: Range<Int>, shape: FactorShape, coefficients: [Scalar],
        projections: [Scalar], delta: [Scalar], factor: inout [Scalar], gradient: inout [Scalar],
        squaredNorms: inout [Scalar], step: KernelStep<Scalar>?
    ) -> Bool {
        let (n, c) = (shape.stateCount, shape.parametersPerUnit)
        precondition(units.lowerBound >= 0 && units.upperBound <= shape.unitCount)
        precondition(n == shape.unitCount * statesPerUnit && shape.group.count == shape.unitCount)
        precondition(coefficients.count == shape.rank * (shape.groupCount + n))
        precondition(factor.count == shape.rank * shape.unitCount * c)
        precondition(squaredNorms.count == shape.rank * shape.unitCount)
        precondition(gradient.count >= units.count * shape.rowCount * c)
        precondition(delta.count >= shape.rowCount * n)
        precondition(projections.count >= shape.rowCount * shape.rank * shape.groupCount)
        precondition(gains.count == n * segments.count && previous.gains.count == gains.count)
        precondition(source.count == previous.source.count)
        return Scalar.Kernels.reduceRows(
            units: units, unitCount: shape.unitCount, parametersPerUnit: c, statesPerUnit: statesPerUnit,
            segments: segments, segmentCount: segments.count, sourceStride: sourceStride, rank: shape.rank,
            groupCount: shape.groupCount, rowCount: shape.rowCount, group: shape.group,
            coefficients: coefficients, projections: projections, delta: delta, oldSource: previous.source,
            oldGain: previous.gains, newSource: source, newGain: gains, factor: &factor,
            gradient: &gradient, squaredNorms: &squaredNorms, step: step)
    }

    package func unitSquaredNorm(_ factor: [Scalar], from start: Int, shape: FactorShape) -> Scalar {
        var sum = Scalar.zero
        for segment in segments {
            sum += squaredNorm(factor, from: start + segment.start, count: segment.count)
        }
        return sum
    }
}
