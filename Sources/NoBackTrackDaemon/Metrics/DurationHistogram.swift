/// How long things took, counted in buckets whose bounds double from 1 µs to 1.048576 s.
struct DurationHistogram: Sendable, Equatable {
    /// The smallest bound, in nanoseconds.
    private static let first: UInt64 = 1000
    private static let boundCount = 21
    /// The upper bounds of the buckets but the last, which has none; in seconds.
    static let bounds: [Double] = (0..<boundCount).map { Double(first << UInt64($0)) / 1e9 }

    private var counts = [UInt64](repeating: 0, count: boundCount + 1)
    private var nanoseconds: UInt64 = 0

    /// Counts some that took so many nanoseconds together as if each had taken its share.
    ///
    /// - Parameter count: at least 1.
    mutating func record(_ nanoseconds: UInt64, of count: UInt64 = 1) {
        let each = nanoseconds / count
        // The number of doublings after which the bound is not exceeded.
        let doublings =
            UInt64.bitWidth
            - (max(each, 1) - 1).quotientAndRemainder(dividingBy: Self.first)
            .quotient.leadingZeroBitCount
        counts[min(doublings, Self.boundCount)] += count
        self.nanoseconds += nanoseconds
    }

    /// Takes in what another one has counted.
    mutating func merge(_ other: DurationHistogram) {
        for bucket in counts.indices { counts[bucket] += other.counts[bucket] }
        nanoseconds += other.nanoseconds
    }

    /// For each of ``bounds`` how many took no longer.
    var cumulative: [UInt64] {
        var total: UInt64 = 0
        return counts.dropLast().map { count in
            total += count
            return total
        }
    }

    /// How many were counted.
    var count: UInt64 { counts.reduce(0, +) }
    /// What they took together, in seconds.
    var seconds: Double { Double(nanoseconds) / 1e9 }
}
