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
        let filled = count(head: head)
        // The run is open where the oldest was: an equal number in it is as good as itself.
        let open = filled < Self.capacity ? filled : firstIndex(head: head, notBelow: arrival[slot])
        let place = firstIndex(head: head, notBelow: residual)
        sorted.withUnsafeMutableBufferPointer { sorted in
            guard let run = sorted.baseAddress.map({ $0 + base }) else { return }
            // What lies between the two moves by one, towards the opening.
            if place <= open {
                (run + place + 1).update(from: run + place, count: open - place)
                run[place] = residual
            } else {
                (run + open).update(from: run + open + 1, count: place - 1 - open)
                run[place - 1] = residual
            }
        }
        arrival[slot] = residual
        counts[head] += 1
    }

    /// First position in the head's sorted run with an error that is not below the bound.
    private func firstIndex(head: Int, notBelow bound: Double) -> Int {
        sorted.withUnsafeBufferPointer { sorted in
            guard let run = sorted.baseAddress.map({ $0 + head * Self.capacity }) else { return 0 }
            // A step at every turn and no branch: where errors fall cannot be foreseen.
            var first = 0
            var length = count(head: head)
            while length > 0 {
                let half = length / 2
                let isBelow = run[first + half] < bound
                first = isBelow ? first + half + 1 : first
                length = isBelow ? length - half - 1 : half
            }
            return first
        }
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
        let first = firstIndex(head: head, notBelow: (-magnitude).nextUp)
        let last = firstIndex(head: head, notBelow: magnitude)
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
