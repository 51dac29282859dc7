@testable import nobacktrack

/// Forecasts that a person can reckon: the newest value and 1, at every horizon, in an interval from 2 below to 2 above.
struct SteadyLearner: PrequentialLearner {
    /// Horizons of its one target.
    var horizons: [Int]
    private var newest = Double.nan
    private var steps = 0

    init(horizons: [Int]) { self.horizons = horizons }

    mutating func step(_ sample: Span<Double>) {
        newest = sample[0]
        steps += 1
    }

    func mean(head: Int) -> Double? { newest.isFinite ? newest + 1 : nil }

    func interval(head: Int, level: Double) -> (lower: Double, upper: Double)? {
        // None at first, as a learner that warms up.
        steps > 1 && newest.isFinite ? (newest - 1, newest + 3) : nil
    }

    /// The second knows nothing after the third sample, the last is never there.
    var expertNames: [String] { ["last", "early", "absent"] }

    func mean(head: Int, expert: Int) -> Double? {
        switch expert {
        case 0: newest
        case 1: steps <= 2 ? newest + 2 : nil
        default: nil
        }
    }

    func weight(head: Int, expert: Int) -> Double? { expert == 0 ? Double(steps) / 10 : nil }
}
