package import CNoBackTrackKernels

/// The kernels in single precision, by the fastest instructions of this processor.
package enum FloatKernels: FloatKernelTable {
    package static let table = nbt_best_float().pointee
}

/// The kernels of a table in single precision.
package protocol FloatKernelTable: KernelTable where Scalar == Float {
    /// The functions.
    static var table: nbt_kernels_float { get }
}

extension FloatKernelTable {
    package static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Float {
        table.dot(a, b, count)
    }

    package static func addScaled(
        _ x: UnsafePointer<Float>, by s: Float, to y: UnsafeMutablePointer<Float>, count: Int
    ) {
        table.add_scaled(x, s, y, count)
    }

    package static func addScaledSquares(
        _ x: UnsafePointer<Float>, by s: Float, to y: UnsafeMutablePointer<Float>, count: Int
    ) {
        table.add_scaled_squares(x, s, y, count)
    }

    package static func addSquaredDifferences(
        _ x: UnsafePointer<Float>, from value: Float, to y: UnsafeMutablePointer<Float>, count: Int
    ) {
        table.add_squared_differences(x, value, y, count)
    }

    package static func multiply(
        _ matrix: UnsafePointer<Float>, stride: Int, rowCount: Int, columnCount: Int,
        vectors: UnsafePointer<Float>, vectorStride: Int, vectorCount: Int,
        into out: UnsafeMutablePointer<Float>, outStride: Int
    ) {
        table.multiply(
            matrix, stride, rowCount, columnCount, vectors, vectorStride, vectorCount, out, outStride)
    }

    package static func columnSquares(
        _ matrix: UnsafePointer<Float>, stride: Int, rowCount: Int, columnCount: Int,
        weights: UnsafePointer<Float>, gains: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
    ) {
        table.column_squares(matrix, stride, rowCount, columnCount, weights, gains, out)
    }

    package static func downdate(
        _ matrix: UnsafeMutablePointer<Float>, by u: UnsafePointer<Float>, weight c: Float, scale s: Float,
        count: Int
    ) {
        table.downdate(matrix, u, c, s, count)
    }

    package static func leak(
        _ a: UnsafePointer<Float>, leak: UnsafePointer<Float>, complement: UnsafePointer<Float>,
        state: UnsafeMutablePointer<Float>, gain: UnsafeMutablePointer<Float>, count: Int
    ) {
        table.leak(a, leak, complement, state, gain, count)
    }

    package static func tanh(_ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>, count: Int) {
        table.tanh(x, out, count)
    }

    package static func scalings(
        rows w: UnsafePointer<Float>, columns v: UnsafePointer<Float>, signs: UnsafePointer<Float>,
        regularisation: Float, areOne: Bool, products: UnsafeMutablePointer<Float>,
        quotients: UnsafeMutablePointer<Float>, count: Int
    ) {
        table.scalings(w, v, signs, regularisation, areOne ? 1 : 0, products, quotients, count)
    }

    package static func reduceRows(
        units: Range<Int>, unitCount: Int, parametersPerUnit: Int, statesPerUnit: Int,
        segments: UnsafePointer<nbt_segment>, segmentCount: Int, sourceStride: Int, rank: Int,
        groupCount: Int, rowCount: Int, group: UnsafePointer<Int32>, coefficients: UnsafePointer<Float>,
        projections: UnsafePointer<Float>, delta: UnsafePointer<Float>, oldSource: UnsafePointer<Float>,
        oldGain: UnsafePointer<Float>, newSource: UnsafePointer<Float>, newGain: UnsafePointer<Float>,
        factor: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>,
        squaredNorms: UnsafeMutablePointer<Float>, step: KernelStep<Float>?
    ) -> Bool {
        var rows = nbt_rows_float(
            first_unit: units.lowerBound, end_unit: units.upperBound, unit_count: unitCount,
            parameters_per_unit: parametersPerUnit, states_per_unit: statesPerUnit,
            segment_count: segmentCount, segments: segments, source_stride: sourceStride, rank: rank,
            group_count: groupCount, row_count: rowCount, group: group, coefficients: coefficients,
            projections: projections, delta: delta, old_source: oldSource, old_gain: oldGain,
            new_source: newSource, new_gain: newGain, factor: factor, gradient: gradient,
            squared_norms: squaredNorms)
        if let step {
            var own = Self.step(step)
            if table.reduce_and_step_rows(&rows, &own) != 0 { return true }
        }
        table.reduce_rows(&rows)
        return false
    }

    package static func stepRows(
        _ step: KernelStep<Float>, gradient: UnsafeMutablePointer<Float>, units: Range<Int>, rowCount: Int,
        count: Int
    ) {
        var own = Self.step(step)
        table.step_rows(&own, gradient, units.lowerBound, units.count, rowCount, count)
    }

    private static func step(_ step: KernelStep<Float>) -> nbt_step_float {
        nbt_step_float(
            kind: step.kind, is_limited: step.isLimited ? 1 : 0, usable: step.usable,
            first_rate: step.firstRate, second_rate: step.secondRate, damping: step.damping, step: step.size,
            largest_change: step.largestChange, steps: step.sizes, corrections: step.corrections,
            first: step.first, second: step.second, parameters: step.parameters, used: step.used)
    }

    package static func inverseWeightedSquares(
        diagonal: UnsafePointer<Float>, damping: Float, count: Int, _ a: UnsafePointer<Float>, strideA: Int,
        countA: Int, _ b: UnsafePointer<Float>, outA: UnsafeMutablePointer<Float>,
        outB: UnsafeMutablePointer<Float>
    ) {
        table.inverse_weighted_squares(diagonal, damping, count, a, strideA, countA, b, outA, outB)
    }
}
