/// The newest forecast errors of every head, in order of arrival and in order of size.
///
/// Intervals are read off as order statistics (split conformal prediction on the newest errors: Vovk,
/// Gammerman & Shafer, "Algorithmic Learning in a Random World", 2005), so they take any shape the errors
/// have and any level a reader asks for.
package struct ResidualWindows: Sendable {
    /// How many errors of a head are remembered.
    package static let capacity = 256
    /// How many there have to be before an interval means something.
    package static let fewestForInterval = 32

    private let headCount: Int
    private var arrival: [Double]
    private var sorted: [Double]
    private var counts: [UInt64]

    /// Windows that have seen no error.
    package init(headCount: Int) {
        self.headCount = headCount
        arrival = Array(repeating: 0, count: headCount * Self.capacity)
        sorted = arrival
        counts = Array(repeating: 0, count: headCount)
    }

    /// Errors remembered of a head.
    package func count(head: Int) -> Int { min(Int(clamping: counts[head]), Self.capacity) }

    /// Remembers a finite error, in the place of the oldest when the window is full.
    package mutating func insert(_ residual: Double, head: Int) {
        let base = head * Self.capacity
        let slot = base + Int(counts[head] % UInt64(Self.capacity))
        var filled = count(head: head)
        if filled == Self.capacity {
            // Take out the oldest: an equal number in the sorted run is as good as itself.
            let leaving = firstIndex(head: head) { $0 >= arrival[slot] }
            for i in base + leaving..<base + filled - 1 { sorted[i] = sorted[i + 1] }
            filled -= 1
        }
        place(residual, head: head, filled: filled)
        arrival[slot] = residual
        counts[head] += 1
    }

    private mutating func place(_ residual: Double, head: Int, filled: Int) {
        let base = head * Self.capacity
        var position = base + filled
        while position > base, sorted[position - 1] > residual {
            sorted[position] = sorted[position - 1]
            position -= 1
        }
        sorted[position] = residual
    }

    /// First position in the head's sorted run for which the predicate, once true, stays true.
    private func firstIndex(head: Int, where holds: (Double) -> Bool) -> Int {
        let base = head * Self.capacity
        var low = 0
        var high = count(head: head)
        while low < high {
            let middle = (low + high) / 2
            if holds(sorted[base + middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// Errors between which a new one falls with about the given probability, or nil while there are too
    /// few of them.
    ///
    /// - Parameter level: in (0, 1).
    package func interval(head: Int, level: Double) -> (lower: Double, upper: Double)? {
        let filled = count(head: head)
        guard filled >= Self.fewestForInterval else { return nil }
        let base = head * Self.capacity
        let places = Double(filled + 1)
        let lower = Int((places * (1 - level) / 2).rounded(.down))
        let upper = Int((places * (1 + level) / 2).rounded(.up))
        return (sorted[base + max(lower, 1) - 1], sorted[base + min(upper, filled) - 1])
    }

    /// The share of remembered errors that are smaller in magnitude, in [0, 1], or nil while there are too
    /// few of them.
    package func rank(ofMagnitude magnitude: Double, head: Int) -> Double? {
        let filled = count(head: head)
        guard filled >= Self.fewestForInterval else { return nil }
        let first = firstIndex(head: head) { $0 > -magnitude }
        let last = firstIndex(head: head) { $0 >= magnitude }
        return Double(max(last - first, 0)) / Double(filled)
    }

    /// Saves or restores the windows.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        try coder.exchange("residual.window", shape: [headCount, Self.capacity], &arrival)
        try coder.exchange("residual.count", shape: [headCount], &counts)
        for head in 0..<headCount {
            let base = head * Self.capacity
            let filled = base..<base + count(head: head)
            sorted.replaceSubrange(filled, with: arrival[filled].sorted())
        }
    }
}
