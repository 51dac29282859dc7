import NoBackTrackTestSupport

/// How long repetitions are: long enough for the clock, short enough that both of a pair meet the same machine.
struct Pace {
    /// Pairs that are measured.
    let pairs: Int
    /// Nanoseconds of a repetition, about.
    var repetition: Double

    init(quick: Bool) {
        pairs = quick ? 7 : 61
        repetition = quick ? 1e6 : 5e6
    }

    /// How many of what `measure` does fill a repetition; found by trying, which is the warm-up too.
    ///
    /// - Parameters:
    ///   - unit: what the count is a multiple of, where something happens only so often.
    ///   - measure: does it so many times and returns the nanoseconds of each.
    func count(multipleOf unit: Int = 1, _ measure: (Int) -> Double) -> Int {
        var count = unit
        while true {
            let each = measure(count)
            if each * Double(count) >= repetition / 2 {
                return max(1, Int(repetition / each) / unit) * unit
            }
            count *= 2
        }
    }

    /// Two things in turn, nanoseconds of each.
    ///
    /// - Parameter unit: what the first is done a multiple of.
    func compare(
        multipleOf unit: Int = 1, _ first: (Int) -> Double, _ second: (Int) -> Double
    ) -> PairedTimes {
        let counts = (count(multipleOf: unit, first), count(second))
        return PairedTimes(pairs: pairs, first: { first(counts.0) }, second: { second(counts.1) })
    }
}
