/// The median of some numbers and the middle half of them.
package struct Quartiles: Sendable, Equatable {
    /// A quarter of the numbers is below.
    package let lower: Double
    /// Half of them is below.
    package let median: Double
    /// Three quarters are below.
    package let upper: Double

    /// Of at least one number; between two neighbours it is interpolated.
    package init(_ numbers: [Double]) {
        precondition(!numbers.isEmpty)
        let sorted = numbers.sorted()
        func quantile(_ share: Double) -> Double {
            let place = share * Double(sorted.count - 1)
            let below = Int(place)
            let above = min(below + 1, sorted.count - 1)
            return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
        }
        lower = quantile(0.25)
        median = quantile(0.5)
        upper = quantile(0.75)
    }
}

/// Two things measured in turn, pair by pair, so that what slows the machine down slows both of a pair.
package struct PairedTimes: Sendable {
    /// What the first took, in the order of measurement.
    package private(set) var first: [Double] = []
    /// What the second took; as many.
    package private(set) var second: [Double] = []

    /// Measures both in turn. Who comes first in a pair changes from pair to pair, so that neither always finds
    /// the caches as the other has left them.
    ///
    /// - Parameters:
    ///   - pairs: how often, ≥ 1.
    ///   - first: does it once and returns what it took, > 0.
    ///   - second: the same of the other.
    package init(
        pairs: Int, first measureFirst: () throws -> Double, second measureSecond: () throws -> Double
    ) rethrows {
        precondition(pairs >= 1)
        for pair in 0..<pairs {
            if pair % 2 == 0 {
                first.append(try measureFirst())
                second.append(try measureSecond())
            } else {
                second.append(try measureSecond())
                first.append(try measureFirst())
            }
        }
    }

    /// The first by the second, of every pair.
    package var ratio: Quartiles {
        Quartiles(zip(first, second).map { $0 / $1 })
    }
}
