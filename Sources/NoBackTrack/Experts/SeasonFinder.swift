// Which seasons a channel has, found while it comes.
//
//   symbol   name        shape
//   z        -           1       a value's deviation from the first
//   D_p      difference  lags    mean of (z(t) − z(t−p))², the newest samples counting more: a structure function
//   c_p      contrast    lags    1 − 2 D_p / (D_p−⌊p/2⌋ + D_p+⌊p/2⌋): how much more alike values are a period apart than
//                                half a period less or more; a trend, which makes D grow, leaves it as it is
//
// The season is the shortest period at which c has a maximum that comes near its largest. The long one is that multiple
// of it at which values are most alike: the week beside the day.

/// The periods at which a channel repeats itself.
package struct SeasonFinder: Sendable {
    /// After so many samples what was before counts half.
    private static let halfLife: UInt64 = 8192
    private static let shortestPeriod = 5
    private static let smallestContrast = 0.1
    /// Of the largest contrast, what makes another a candidate.
    private static let candidateShare = 0.6

    private let longestPeriod: Int
    /// Σ (z(t) − z(t−p))² of lag p at p − 1; samples before a halving count half.
    private var sums: [Float] = []
    /// What all samples count together, and what one of the first does.
    private var total = 0.0
    private var firstWeight = 1.0
    private var count: UInt64 = 0

    /// The season, in samples; 0: none is seen.
    package private(set) var period = 0
    /// The multiple of the season at which values are most alike, or the season itself; 0: none is seen.
    package private(set) var longPeriod = 0

    /// A finder that has seen nothing.
    ///
    /// - Parameter longestPeriod: no longer one is looked for; 0: none at all.
    package init(longestPeriod: Int) { self.longestPeriod = longestPeriod }

    /// Takes the newest value of a history that has just grown by it.
    ///
    /// - Returns: whether a season has changed.
    mutating func observe(_ history: ValueHistory) -> Bool {
        guard longestPeriod >= Self.shortestPeriod else { return false }
        count += 1
        total += 1
        addDifferences(history)
        if count.isMultiple(of: Self.halfLife) {
            for i in sums.indices { sums[i] *= 0.5 }
            total /= 2
            firstWeight /= 2
        }
        guard count > 32, count.isMultiple(of: count < 2048 ? 32 : 256) else { return false }
        let before = (period, longPeriod)
        search()
        return before != (period, longPeriod)
    }

    private mutating func addDifferences(_ history: ValueHistory) {
        let lags = min(history.lagCount - 1, longestPeriod)
        guard lags > 0 else { return }
        if sums.count < lags {
            let wanted = min(history.values.count, longestPeriod)
            sums += Array(repeating: 0, count: max(wanted, lags) - sums.count)
        }
        let capacity = history.deviations.count
        let first = history.newest + 1
        sums.withUnsafeMutableBufferPointer { sums in
            history.deviations.withUnsafeBufferPointer { ring in
                guard let sums = sums.baseAddress, let ring = ring.baseAddress else { return }
                let value = ring[history.newest]
                let beforeTheEnd = min(lags, capacity - first)
                Float.Kernels.addSquaredDifferences(ring + first, from: value, to: sums, count: beforeTheEnd)
                Float.Kernels.addSquaredDifferences(
                    ring, from: value, to: sums + beforeTheEnd, count: lags - beforeTheEnd)
            }
        }
    }

    /// D_p.
    private func difference(_ lag: Int) -> Double {
        // A lag's first sample came when there were so many values.
        let weight = total - Double(lag) * firstWeight
        return weight > 0 ? Double(sums[lag - 1]) / weight : 0
    }

    /// c_p; 0 where too little is known of it.
    private func contrast(_ lag: Int) -> Double {
        let around = difference(lag - lag / 2) + difference(lag + lag / 2)
        return around > 0 ? 1 - 2 * difference(lag) / around : 0
    }

    private mutating func search() {
        let seen = Int(clamping: count)
        // Of the longest lag there has to be a period of samples.
        let last = min(sums.count * 2 / 3, seen * 2 / 5) - 1
        guard last > Self.shortestPeriod else { return }
        var largest = 0.0
        for p in Self.shortestPeriod..<last { largest = max(largest, peak(p)) }
        var found = 0
        // Of noise there is about one over the root of the samples.
        if largest > Self.smallestContrast + 2 / Double(seen).squareRoot() {
            found = shortest(notBelow: Self.candidateShare * largest, upTo: last)
        }
        // A neighbour that is hardly better is no reason to start anew.
        if found > 0, period > 0, period <= last, abs(found - period) <= max(1, period / 20),
            contrast(period) >= 0.97 * contrast(found)
        {
            found = period
        }
        longPeriod = found > 0 ? longest(multipleOf: found, seen: seen) : 0
        period = found
    }

    /// c_p where it is at least that of its neighbours; 0 elsewhere.
    private func peak(_ lag: Int) -> Double {
        let contrast = contrast(lag)
        return contrast >= self.contrast(lag - 1) && contrast >= self.contrast(lag + 1) ? contrast : 0
    }

    private func shortest(notBelow bound: Double, upTo last: Int) -> Int {
        for p in Self.shortestPeriod..<last {
            let peak = peak(p)
            guard peak >= bound else { continue }
            let around = max(p - p / 4, Self.shortestPeriod - 1)...min(p + p / 4, last - 1)
            if around.allSatisfy({ contrast($0) <= peak }) { return p }
        }
        return 0
    }

    private func longest(multipleOf season: Int, seen: Int) -> Int {
        var best = season
        var multiple = 2
        while season * multiple + multiple / 2 + 1 <= sums.count {
            let centre = season * multiple
            // Little has to be known of the first to take the season's place, for a day and a week are worth it.
            guard (best == season ? centre * 9 / 8 : centre * 3 / 2) <= seen else { break }
            // The season is known to half a sample.
            for p in centre - multiple / 2 - 1...centre + multiple / 2 + 1
            where difference(p) < 0.8 * difference(best) {
                best = p
            }
            multiple += 1
        }
        let isKept =
            longPeriod > 0 && period == season && longPeriod <= sums.count
            && abs(best - longPeriod) <= max(1, longPeriod / 20)
            && difference(longPeriod) < 1.05 * difference(best)
        return isKept ? longPeriod : best
    }

    /// Saves or restores what is known.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    mutating func exchange(_ name: String, with coder: inout StateCoder) throws(StateError) {
        var numbers = [count, UInt64(period), UInt64(longPeriod), UInt64(sums.count)]
        try coder.exchange(name + ".season", shape: [4], &numbers)
        guard numbers[1...].allSatisfy({ $0 <= UInt64(longestPeriod) }) else {
            throw .invalid(
                name: name + ".season", reason: "\(numbers) goes beyond a period of \(longestPeriod)")
        }
        count = numbers[0]
        period = Int(numbers[1])
        longPeriod = Int(numbers[2])
        if sums.count != Int(numbers[3]) { sums = Array(repeating: 0, count: Int(numbers[3])) }
        var weights = [total, firstWeight]
        try coder.exchange(name + ".season_weights", shape: [2], &weights)
        (total, firstWeight) = (weights[0], weights[1])
        try coder.exchange(name + ".season_differences", shape: [sums.count], &sums)
    }
}
