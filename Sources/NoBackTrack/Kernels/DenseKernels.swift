// The kernels over whole arrays: a caller can hold many small vectors in one array and says where in it its operands
// start; the ranges are checked once per call. Every kernel has a naive twin in the tests.

import RealModule

/// Σ_j a_j b_j over `count` elements.
///
/// - Parameters:
///   - a: holds the first operand from `aStart`.
///   - b: holds the second operand from `bStart`.
@inline(__always)
func dot<Scalar: LearnerScalar>(
    _ a: [Scalar], from aStart: Int = 0, _ b: [Scalar], at bStart: Int = 0, count: Int
) -> Scalar {
    precondition(aStart >= 0 && bStart >= 0 && count >= 0)
    precondition(aStart + count <= a.count && bStart + count <= b.count)
    return a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
            guard let a = a.baseAddress, let b = b.baseAddress else { return 0 }
            return Scalar.Kernels.dot(a + aStart, b + bStart, count: count)
        }
    }
}

/// Σ_j a_j² over `count` elements of `a` from `start`.
@inline(__always)
func squaredNorm<Scalar: LearnerScalar>(_ a: [Scalar], from start: Int = 0, count: Int) -> Scalar {
    dot(a, from: start, a, at: start, count: count)
}

/// y ← y + s x over `count` elements.
///
/// - Parameters:
///   - x: holds the addend from `xStart`.
///   - y: holds the sum from `yStart`.
@inline(__always)
func addScaled<Scalar: LearnerScalar>(
    _ x: [Scalar], from xStart: Int = 0, by s: Scalar, to y: inout [Scalar], at yStart: Int = 0,
    count: Int
) {
    precondition(xStart >= 0 && yStart >= 0 && count >= 0)
    precondition(xStart + count <= x.count && yStart + count <= y.count)
    x.withUnsafeBufferPointer { x in
        y.withUnsafeMutableBufferPointer { y in
            guard let x = x.baseAddress, let y = y.baseAddress else { return }
            Scalar.Kernels.addScaled(x + xStart, by: s, to: y + yStart, count: count)
        }
    }
}

/// y_j ← y_j + s x_j² over `count` elements.
///
/// - Parameters:
///   - x: holds the numbers to square from `xStart`.
///   - y: holds the sums from `yStart`.
@inline(__always)
func addScaledSquares<Scalar: LearnerScalar>(
    _ x: [Scalar], from xStart: Int, by s: Scalar, to y: inout [Scalar], at yStart: Int = 0, count: Int
) {
    precondition(xStart >= 0 && yStart >= 0 && count >= 0)
    precondition(xStart + count <= x.count && yStart + count <= y.count)
    x.withUnsafeBufferPointer { x in
        y.withUnsafeMutableBufferPointer { y in
            guard let x = x.baseAddress, let y = y.baseAddress else { return }
            Scalar.Kernels.addScaledSquares(x + xStart, by: s, to: y + yStart, count: count)
        }
    }
}

/// y ← s y over `count` elements of `y` from `start`.
@inline(__always)
func scale<Scalar: LearnerScalar>(_ y: inout [Scalar], from start: Int, count: Int, by s: Scalar) {
    precondition(start >= 0 && count >= 0 && start + count <= y.count)
    y.withUnsafeMutableBufferPointer { y in
        guard let y = y.baseAddress else { return }
        let part = y + start
        for j in 0..<count { part[j] = s * part[j] }
    }
}

/// Where in one array some vectors are that lie equally far apart.
package struct VectorPlaces: Sendable {
    /// Where the first begins.
    package var start: Int
    /// From one to the next.
    package var stride: Int
    /// How many there are.
    package var count: Int

    /// The places of `count` vectors.
    package init(start: Int = 0, stride: Int = 0, count: Int = 1) {
        self.start = start
        self.stride = stride
        self.count = count
    }

    /// Whether vectors of a length, at these places, are inside an array.
    func fit(length: Int, in array: Int) -> Bool {
        start >= 0 && stride >= 0 && count >= 0
            && (count == 0 || start + (count - 1) * stride + length <= array)
    }
}

/// out_q[i] ← Σ_j M[i, j] v_q[j] for the vectors v_q at some places and the columns of a part of a matrix.
///
/// - Parameters:
///   - matrix: rows of `stride` numbers, `rowCount` of them from `start`, of which `columnCount` are used.
///   - v: holds vectors of columnCount numbers.
///   - out: receives vectors of rowCount numbers.
@inline(__always)
func multiply<Scalar: LearnerScalar>(
    _ matrix: [Scalar], from start: Int, stride: Int, rowCount: Int, columnCount: Int, _ v: [Scalar],
    _ vPlaces: VectorPlaces, into out: inout [Scalar], _ outPlaces: VectorPlaces
) {
    precondition(start >= 0 && rowCount >= 0 && columnCount >= 0 && stride >= columnCount)
    precondition(rowCount == 0 || start + (rowCount - 1) * stride + columnCount <= matrix.count)
    precondition(vPlaces.fit(length: columnCount, in: v.count) && vPlaces.count == outPlaces.count)
    precondition(outPlaces.fit(length: rowCount, in: out.count))
    matrix.withUnsafeBufferPointer { matrix in
        v.withUnsafeBufferPointer { v in
            out.withUnsafeMutableBufferPointer { out in
                guard let matrix = matrix.baseAddress, let v = v.baseAddress, let out = out.baseAddress
                else { return }
                Scalar.Kernels.multiply(
                    matrix + start, stride: stride, rowCount: rowCount, columnCount: columnCount,
                    vectors: v + vPlaces.start, vectorStride: vPlaces.stride, vectorCount: vPlaces.count,
                    into: out + outPlaces.start, outStride: outPlaces.stride)
            }
        }
    }
}

/// y ← M x for a symmetric M of which the whole square is stored.
///
/// - Parameters:
///   - matrix: count × count, row-major.
///   - x: holds the operand from `xStart`.
///   - y: count.
func multiply(symmetric matrix: [Double], _ x: [Double], from xStart: Int, into y: inout [Double]) {
    let count = y.count
    precondition(matrix.count == count * count)
    multiply(
        matrix, from: 0, stride: count, rowCount: count, columnCount: count, x, VectorPlaces(start: xStart),
        into: &y, VectorPlaces())
}

/// M ← s (M − c u uᵀ) for a symmetric M; the result is symmetric to the bit.
///
/// - Parameters:
///   - matrix: count × count, row-major.
///   - u: count.
///   - c: weight of the outer product.
///   - s: scale of the result.
func downdate(symmetric matrix: inout [Double], by u: [Double], weight c: Double, scale s: Double) {
    let count = u.count
    precondition(matrix.count == count * count)
    matrix.withUnsafeMutableBufferPointer { matrix in
        u.withUnsafeBufferPointer { u in
            guard let matrix = matrix.baseAddress, let u = u.baseAddress else { return }
            Double.Kernels.downdate(matrix, by: u, weight: c, scale: s, count: count)
        }
    }
}
