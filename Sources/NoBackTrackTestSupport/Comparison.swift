/// How many representable numbers lie between two finite ones; `UInt64.max` when one is not finite.
package func ulpDistance(_ a: Double, _ b: Double) -> UInt64 {
    guard a.isFinite, b.isFinite else { return a == b ? 0 : .max }
    func ordered(_ number: Double) -> Int64 {
        let bits = Int64(bitPattern: number.bitPattern)
        return bits < 0 ? Int64.min &- bits : bits
    }
    let difference = ordered(a).subtractingReportingOverflow(ordered(b))
    return difference.overflow ? .max : difference.partialValue.magnitude
}

/// The largest difference between elements, relative to the largest magnitude of either array.
package func largestRelativeDifference(_ a: [Double], _ b: [Double]) -> Double {
    precondition(a.count == b.count)
    let scale = (a + b).map(\.magnitude).max() ?? 0
    let difference = zip(a, b).map { ($0 - $1).magnitude }.max() ?? 0
    return scale == 0 ? difference : difference / scale
}
