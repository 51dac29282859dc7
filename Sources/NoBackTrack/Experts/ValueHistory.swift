/// The newest values of a channel, and the same without outliers as single-precision deviations from the first, in a unit
/// that is fixed for good after some; a ring that grows with them up to a limit.
package struct ValueHistory: Sendable {
    private static let firstCapacity = 256
    /// From so many values on the deviation that they have is the unit.
    private static let fewestForUnit: UInt64 = 32

    private let largestCapacity: Int
    /// Value of lag p at (newest + p) mod capacity; a power of two of them.
    private(set) var values: [Double]
    /// The deviation of lag p at the same place; 0 as long as there is no unit.
    private(set) var deviations: [Float]
    /// The first value, and what deviations from it are measured in; 0: there is no unit yet.
    private(set) var reference = 0.0
    private(set) var unit = 0.0
    /// Where the newest is.
    private(set) var newest = 0
    /// Values taken in all.
    private(set) var count: UInt64 = 0

    /// A history of nothing.
    ///
    /// - Parameter longestLag: lags up to here can be asked for once there are as many values.
    package init(longestLag: Int) {
        var capacity = Self.firstCapacity
        while capacity < longestLag + 1 { capacity *= 2 }
        largestCapacity = capacity
        values = Array(repeating: 0, count: Self.firstCapacity)
        deviations = Array(repeating: 0, count: Self.firstCapacity)
    }

    /// Lags that can be asked for now, 0 among them.
    var lagCount: Int { min(Int(clamping: count), values.count) }

    /// Takes a value.
    ///
    /// - Parameters:
    ///   - held: the value, held within bounds about what was usual before it.
    ///   - scale: the standard deviation that was.
    mutating func append(_ value: Double, held: Double, scale: Double) {
        if count >= UInt64(values.count), values.count < largestCapacity { grow() }
        if count == 0 { reference = value }
        newest = (newest &- 1) & (values.count - 1)
        values[newest] = value
        count += 1
        if unit == 0, count >= Self.fewestForUnit, scale > 0 {
            unit = scale
            for lag in 0..<lagCount { setDeviation(of: self.value(lag: lag), lag: lag) }
        }
        setDeviation(of: held, lag: 0)
    }

    private mutating func setDeviation(of value: Double, lag: Int) {
        // Far within what single precision can square.
        let deviation = unit > 0 ? min(max((value - reference) / unit, -1e12), 1e12) : 0
        deviations[(newest + lag) & (values.count - 1)] = Float(deviation)
    }

    private mutating func grow() {
        let capacity = values.count
        // The oldest stay next to each other, and the newest is where it was from the end on.
        values = Array(values[newest...]) + Array(values[..<newest]) + Array(repeating: 0, count: capacity)
        deviations =
            Array(deviations[newest...]) + Array(deviations[..<newest]) + Array(repeating: 0, count: capacity)
        newest = 0
    }

    /// The value so many samples before the newest.
    func value(lag: Int) -> Double { values[(newest + lag) & (values.count - 1)] }

    /// The value `horizon` samples ahead of the newest, as it was a season ago, or as few seasons ago as have come.
    func value(ahead horizon: Int, lastSeason period: Int) -> Double {
        let seasons = max((horizon + period - 1) / period, 1)
        return value(lag: seasons * period - horizon)
    }

    /// Saves or restores the values.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    mutating func exchange(_ name: String, with coder: inout StateCoder) throws(StateError) {
        var shape = [UInt64(newest), count, UInt64(values.count)]
        try coder.exchange(name + ".place", shape: [3], &shape)
        guard shape[2] >= 1, shape[2] <= UInt64(largestCapacity), shape[2].nonzeroBitCount == 1,
            shape[0] < shape[2]
        else {
            throw .invalid(name: name + ".place", reason: "\(shape) is no ring of at most \(largestCapacity)")
        }
        if values.count != Int(shape[2]) {
            values = Array(repeating: 0, count: Int(shape[2]))
            deviations = Array(repeating: 0, count: Int(shape[2]))
        }
        newest = Int(shape[0])
        count = shape[1]
        try coder.exchange(name + ".values", shape: [values.count], &values)
        try coder.exchange(name + ".deviations", shape: [values.count], &deviations)
        var units = [reference, unit]
        try coder.exchange(name + ".units", shape: [2], &units)
        (reference, unit) = (units[0], units[1])
    }
}
