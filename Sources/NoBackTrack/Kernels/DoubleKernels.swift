package import CNoBackTrackKernels

/// The kernels in double precision, by the fastest instructions of this processor.
package enum DoubleKernels: DoubleKernelTable {
    package static let table = nbt_best_double().pointee
}

/// The kernels of a table in double precision.
package protocol DoubleKernelTable: KernelTable where Scalar == Double {
    /// The functions.
    static var table: nbt_kernels_double { get }
}

extension DoubleKernelTable {
    package static func dot(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, count: Int) -> Double {
        table.dot(a, b, count)
    }

    package static func addScaled(
        _ x: UnsafePointer<Double>, by s: Double, to y: UnsafeMutablePointer<Double>, count: Int
    ) {
        table.add_scaled(x, s, y, count)
    }

    package static func addScaledSquares(
        _ x: UnsafePointer<Double>, by s: Double, to y: UnsafeMutablePointer<Double>, count: Int
    ) {
        table.add_scaled_squares(x, s, y, count)
    }

    package static func addSquaredDifferences(
        _ x: UnsafePointer<Double>, from value: Double, to y: UnsafeMutablePointer<Double>, count: Int
    ) {
        table.add_squared_differences(x, value, y, count)
    }

    package static func multiply(
        _ matrix: UnsafePointer<Double>, stride: Int, rowCount: Int, columnCount: Int,
        vectors: UnsafePointer<Double>, vectorStride: Int, vectorCount: Int,
        into out: UnsafeMutablePointer<Double>, outStride: Int
    ) {
        table.multiply(
            matrix, stride, rowCount, columnCount, vectors, vectorStride, vectorCount, out, outStride)
    }

    package static func columnSquares(
        _ matrix: UnsafePointer<Double>, stride: Int, rowCount: Int, columnCount: Int,
        weights: UnsafePointer<Double>, gains: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>
    ) {
        table.column_squares(matrix, stride, rowCount, columnCount, weights, gains, out)
    }

    package static func downdate(
        _ matrix: UnsafeMutablePointer<Double>, by u: UnsafePointer<Double>, weight c: Double,
        scale s: Double,
        count: Int
    ) {
        table.downdate(matrix, u, c, s, count)
    }

    package static func leak(
        _ a: UnsafePointer<Double>, leak: UnsafePointer<Double>, complement: UnsafePointer<Double>,
        state: UnsafeMutablePointer<Double>, gain: UnsafeMutablePointer<Double>, count: Int
    ) {
        table.leak(a, leak, complement, state, gain, count)
    }

    package static func tanh(_ x: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>, count: Int) {
        table.tanh(x, out, count)
    }

    package static func scalings(
        rows w: UnsafePointer<Double>, columns v: UnsafePointer<Double>, signs: UnsafePointer<Double>,
        regularisation: Double, areOne: Bool, products: UnsafeMutablePointer<Double>,
        quotients: UnsafeMutablePointer<Double>, count: Int
    ) {
        table.scalings(w, v, signs, regularisation, areOne ? 1 : 0, products, quotients, count)
    }

    package static func reduceRows(
        units: Range<Int>, unitCount: Int, parametersPerUnit: Int, statesPerUnit: Int,
        segments: UnsafePointer<nbt_segment>, segmentCount: Int, sourceStride: Int, rank: Int,
        groupCount: Int, rowCount: Int, group: UnsafePointer<Int32>, coefficients: UnsafePointer<Double>,
        projections: UnsafePointer<Double>, delta: UnsafePointer<Double>, oldSource: UnsafePointer<Double>,
        oldGain: UnsafePointer<Double>, newSource: UnsafePointer<Double>, newGain: UnsafePointer<Double>,
        factor: UnsafeMutablePointer<Double>, gradient: UnsafeMutablePointer<Double>,
        squaredNorms: UnsafeMutablePointer<Double>, step: KernelStep<Double>?
    ) -> Bool {
        var rows = nbt_rows_double(
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
        _ step: KernelStep<Double>, gradient: UnsafeMutablePointer<Double>, units: Range<Int>, rowCount: Int,
        count: Int
    ) {
        var own = Self.step(step)
        table.step_rows(&own, gradient, units.lowerBound, units.count, rowCount, count)
    }

    private static func step(_ step: KernelStep<Double>) -> nbt_step_double {
        nbt_step_double(
            kind: step.kind, is_limited: step.isLimited ? 1 : 0, usable: step.usable,
            first_rate: step.firstRate, second_rate: step.secondRate, damping: step.damping, step: step.size,
            largest_change: step.largestChange, steps: step.sizes, corrections: step.corrections,
            first: step.first, second: step.second, parameters: step.parameters, used: step.used)
    }

    package static func inverseWeightedSquares(
        diagonal: UnsafePointer<Double>, damping: Double, count: Int, _ a: UnsafePointer<Double>,
        strideA: Int,
        countA: Int, _ b: UnsafePointer<Double>, outA: UnsafeMutablePointer<Double>,
        outB: UnsafeMutablePointer<Double>
    ) {
        table.inverse_weighted_squares(diagonal, damping, count, a, strideA, countA, b, outA, outB)
    }
}
