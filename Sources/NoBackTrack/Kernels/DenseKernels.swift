// The loops where the time goes. Sums are `Relaxed`: the compiler may reassociate them, which is what lets
// it use vector registers. Every kernel has a naive twin in the tests.
//
// The loops run over pointers: over spans with an offset the compiler leaves them scalar.
//
// A kernel takes whole arrays and where in them its operands start, so that a caller can hold many small
// vectors in one array; the ranges are checked once per call.

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
            let (first, second) = (a + aStart, b + bStart)
            var sum = Scalar.zero
            for j in 0..<count { sum = Relaxed.multiplyAdd(first[j], second[j], sum) }
            return sum
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
            let (addend, total) = (x + xStart, y + yStart)
            for j in 0..<count { total[j] = Relaxed.multiplyAdd(s, addend[j], total[j]) }
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
            let (number, total) = (x + xStart, y + yStart)
            for j in 0..<count { total[j] = Relaxed.multiplyAdd(s * number[j], number[j], total[j]) }
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

/// y ← M x for a symmetric M of which the whole square is stored.
///
/// - Parameters:
///   - matrix: count × count, row-major.
///   - x: holds the operand from `xStart`.
///   - y: count.
func multiply(symmetric matrix: [Double], _ x: [Double], from xStart: Int, into y: inout [Double]) {
    let count = y.count
    precondition(matrix.count == count * count && xStart >= 0 && xStart + count <= x.count)
    for row in 0..<count {
        y[row] = dot(matrix, from: row * count, x, at: xStart, count: count)
    }
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
    let u = u.span
    var matrix = matrix.mutableSpan
    for row in 0..<count {
        let start = row * count
        let factor = u[unchecked: row]
        for column in 0..<count {
            // u_i u_j first: the product commutes, so both halves round alike.
            let outer = factor * u[unchecked: column]
            matrix[unchecked: start &+ column] = s * (matrix[unchecked: start &+ column] - c * outer)
        }
    }
}
