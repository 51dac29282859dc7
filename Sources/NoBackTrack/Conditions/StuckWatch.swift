// When a value that does not change is no longer plausible.
//
//   symbol   name       meaning
//   r        run        how often in a row the newest value has come
//   L        longest    the longest run before, forgetting 1e-4 of itself with every run
//   n        runs       runs that have ended, the first excepted: nobody saw it begin
//
// Stuck from r = max(50, 10 L) on, once n ≥ 100. A run that was called stuck and ended counts as a fifth of itself: the next
// one has to be twice as long.

/// Watches one channel for a value that stays to the last bit for far longer than any did before.
package struct StuckWatch: Sendable {
    /// What a value has changed.
    package enum Change: Sendable, Equatable {
        case none
        /// It is stuck from now on.
        case began
        /// It moves again, after so many equal values.
        case ended(UInt64)
    }

    private static let fewestRepeats = 50.0
    private static let factor = 10.0
    private static let fewestRuns = 100.0
    private static let forgetting = 1e-4
    private static let stuckShare = 0.2

    private var value = 0.0
    private var run = 0.0
    private var longest = 0.0
    /// One more than ``runs`` that have ended; 0 before the first value.
    private var begun = 0.0
    private var stuck = 0.0

    /// A channel that has had no value.
    package init() {}

    /// Whether the value is stuck.
    package var isStuck: Bool { stuck > 0 }

    /// How often in a row the newest value has come.
    package var repeats: UInt64 { UInt64(min(max(run, 0), 1e18)) }

    /// Takes a value, finite.
    package mutating func observe(_ newest: Double) -> Change {
        if newest == value, begun > 0 {
            run += 1
            guard stuck == 0, run >= Self.fewestRepeats, begun > Self.fewestRuns,
                run >= Self.factor * longest
            else { return .none }
            stuck = 1
            return .began
        }
        let ended = run
        let wasStuck = stuck > 0
        if begun > 1 {
            longest = max(longest * (1 - Self.forgetting), wasStuck ? ended * Self.stuckShare : ended)
        }
        begun += 1
        value = newest
        run = 1
        stuck = 0
        return wasStuck ? .ended(UInt64(min(max(ended, 0), 1e18))) : .none
    }
}

extension StuckWatch: NumberedState {
    mutating func forEachNumber(_ body: (inout Double) -> Void) {
        body(&value)
        body(&run)
        body(&longest)
        body(&begun)
        body(&stuck)
    }
}
