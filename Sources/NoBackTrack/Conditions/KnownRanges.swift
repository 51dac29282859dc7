/// The few ranges that a quantity has been in, so that going back to one of them is no news.
///
/// A range grows by what is near it, and shrinks a little towards where the quantity is, so that it forgets. When there is
/// no place left the one goes that was left longest ago.
struct KnownRanges: Sendable {
    private struct Entry {
        var low = 0.0
        var high = 0.0
        /// How near counts as in it, by what was usual when it was last in use.
        var margin = 0.0
        /// How often the quantity came to it; 0 when there is none here.
        var visits = 0.0
        /// When it was last there, in observations.
        var lastUsed = 0.0

        /// How far outside of the range and its margin, at least `reach` wide, the value is; not above 0 for one inside.
        func distance(_ value: Double, reach: Double) -> Double {
            max(low - value, value - high) - max(margin, reach)
        }
    }

    /// The share of the distance by which a range's ends come nearer with every observation in it.
    private static let forgetting = 1.0 / 4096

    private var entries = InlineArray<6, Entry>(repeating: Entry())
    private var current = 0.0
    private var observations = 0.0

    /// Whether a value is not near any of the ranges.
    ///
    /// - Parameters:
    ///   - reach: how near counts as in.
    ///   - fewestVisits: ranges that were come to less often are not meant, but for the one it is in.
    func isNew(_ value: Double, reach: Double, fewestVisits: Double = 1) -> Bool {
        for place in entries.indices where entries[place].visits > 0 {
            guard entries[place].visits >= fewestVisits || Double(place) == current else { continue }
            if entries[place].distance(value, reach: reach) <= 0 { return false }
        }
        return true
    }

    /// Takes a value into the nearest range, or into a new one if none is near.
    ///
    /// - Parameters:
    ///   - reach: how near counts as in.
    ///   - growth: by how much a range can grow at most.
    mutating func insert(_ value: Double, reach: Double, growth: Double) {
        observations += 1
        var chosen = leastRecentlyUsed
        var nearest = 0.0
        var isKnown = false
        for place in entries.indices where entries[place].visits > 0 {
            let distance = entries[place].distance(value, reach: reach)
            guard distance <= 0 else { continue }
            // Where it was stays first among equals.
            if !isKnown || distance < nearest || distance == nearest && Double(place) == current {
                (chosen, nearest, isKnown) = (place, distance, true)
            }
        }
        if !isKnown { entries[chosen] = Entry(low: value, high: value) }
        if entries[chosen].visits == 0 || Double(chosen) != current { entries[chosen].visits += 1 }
        current = Double(chosen)
        entries[chosen].lastUsed = observations
        entries[chosen].margin = reach.isFinite ? reach : 0
        let (low, high) = (entries[chosen].low, entries[chosen].high)
        entries[chosen].low = min(max(value, low - growth), low + Self.forgetting * (value - low))
        entries[chosen].high = max(min(value, high + growth), high + Self.forgetting * (value - high))
    }

    private var leastRecentlyUsed: Int {
        var oldest = 0
        for place in entries.indices where entries[place].lastUsed < entries[oldest].lastUsed {
            oldest = place
        }
        return oldest
    }
}

extension KnownRanges: NumberedState {
    mutating func forEachNumber(_ body: (inout Double) -> Void) {
        for place in entries.indices {
            body(&entries[place].low)
            body(&entries[place].high)
            body(&entries[place].margin)
            body(&entries[place].visits)
            body(&entries[place].lastUsed)
        }
        body(&current)
        body(&observations)
    }
}
