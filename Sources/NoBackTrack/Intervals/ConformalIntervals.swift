// Intervals by online conformal prediction: the quantiles of a head's errors are tracked by what came, and never
// assumed. Gibbs & Candès, "Adaptive conformal inference under distribution shift" (NeurIPS 2021); the quantile tracker of
// Angelopoulos, Candès & Tibshirani, "Conformal PID control for time series prediction" (NeurIPS 2023), with a step that
// decays to a floor (Angelopoulos, Barber & Bates, "Online conformal prediction with decaying step sizes", 2024).
//
//   symbol   name            shape
//   e        error           1            target less forecast
//   s        scale           heads        running mean of |e|, at rate max(1/n, scaleRate)
//   τ_i      probability     10           of an error below the i-th bound
//   q_i      quantile        heads × 10   of e / s
//   b_i      bound           heads × 10   q_i s as it was served at the forecast's origin, made ascending
//   η        step            1            max(firstStep n^-decay, lastStep)
//
//   q_i ← q_i + η (τ_i − 1{e < b_i})
//
// Once η is at its floor the right side sums up to q_i(T) − q_i(0), and q_i stays within the largest |e| / s by a step
// for each sample of the horizon. So over T samples the share of errors below b_i differs from τ_i by at most
// (2 max |e|/s + η horizon) / (η T), whatever the stream and the forecasts are.

import RealModule

/// For every head the bounds of its errors at some stored levels, each tracked by itself.
package struct ConformalIntervals: Sendable {
    /// The levels whose two bounds are tracked; an interval of any other level is interpolated.
    package static let levels = [0.5, 0.8, 0.9, 0.95, 0.99]
    /// Bounds of a head: one below and one above for every level, ascending.
    package static let boundCount = 10
    /// How many errors there have to be before an interval means something.
    package static let fewestForInterval = 32

    private static let probabilities = levels.reversed().map { (1 - $0) / 2 } + levels.map { (1 + $0) / 2 }
    /// Bounds are interpolated in these: errors whose tails fall like an exponential have bounds on a line.
    private static let logits = probabilities.map { Double.log($0 / (1 - $0)) }
    /// The quantiles of a normal error over the mean of its magnitude: where they start.
    private static let firstQuantiles = [
        -3.228, -2.456, -2.062, -1.606, -0.845, 0.845, 1.606, 2.062, 2.456, 3.228,
    ]
    private static let scaleRate = 0.02
    private static let firstStep = 0.5
    private static let decay = 0.7
    private static let lastStep = 0.06

    private let headCount: Int
    private var quantiles: [Double]
    private var scales: [Double]
    private var counts: [UInt64]

    /// Intervals that have seen no error.
    package init(headCount: Int) {
        self.headCount = headCount
        quantiles = (0..<headCount).flatMap { _ in Self.firstQuantiles }
        scales = Array(repeating: 0, count: headCount)
        counts = Array(repeating: 0, count: headCount)
    }

    /// Errors seen of a head.
    package func count(head: Int) -> UInt64 { counts[head] }

    /// Writes the bounds of a head's next error, ascending.
    ///
    /// - Parameter start: where the ``boundCount`` bounds go.
    package func writeBounds(head: Int, to bounds: inout [Double], at start: Int) {
        let first = head * Self.boundCount
        let middle = Self.boundCount / 2
        let scale = scales[head]
        let (a, b) = (quantiles[first + middle - 1], quantiles[first + middle])
        // Where the two innermost have passed each other they meet half way: each is still held against a bound of its side.
        bounds[start + middle - 1] = scale * min(a, (a + b) / 2)
        bounds[start + middle] = scale * max(b, (a + b) / 2)
        // Outward from the middle, so that a bound that has gone too far out is served as it is.
        for i in middle + 1..<Self.boundCount {
            bounds[start + i] = max(scale * quantiles[first + i], bounds[start + i - 1])
            let j = Self.boundCount - 1 - i
            bounds[start + j] = min(scale * quantiles[first + j], bounds[start + j + 1])
        }
    }

    /// Takes an error whose bounds had been served.
    ///
    /// - Parameters:
    ///   - error: finite.
    ///   - bounds: holds from `start` what ``writeBounds(head:to:at:)`` wrote when the forecast was made.
    package mutating func observe(_ error: Double, head: Int, bounds: [Double], at start: Int) {
        counts[head] += 1
        let n = Double(counts[head])
        scales[head] += max(1 / n, Self.scaleRate) * (error.magnitude - scales[head])
        let step = max(n < 64 ? Self.firstStep * Double.pow(n, -Self.decay) : 0, Self.lastStep)
        let first = head * Self.boundCount
        for i in 0..<Self.boundCount {
            let isBelow = error < bounds[start + i] ? 1.0 : 0
            quantiles[first + i] += step * (Self.probabilities[i] - isBelow)
        }
    }

    /// Errors between which the next one falls with the given probability; nil while there are too few to tell.
    ///
    /// - Parameters:
    ///   - level: in (0, 1).
    ///   - bounds: holds the head's bounds from `start`.
    package func interval(
        head: Int, level: Double, bounds: [Double], at start: Int
    ) -> (lower: Double, upper: Double)? {
        guard counts[head] >= UInt64(Self.fewestForInterval) else { return nil }
        if let stored = Self.levels.firstIndex(of: level) {
            let middle = Self.boundCount / 2
            return (bounds[start + middle - 1 - stored], bounds[start + middle + stored])
        }
        return (
            Self.bound((1 - level) / 2, bounds, at: start), Self.bound((1 + level) / 2, bounds, at: start)
        )
    }

    /// The bound that an error falls below with a probability that is not a stored one.
    private static func bound(_ probability: Double, _ bounds: [Double], at start: Int) -> Double {
        let logit = Double.log(probability / (1 - probability))
        let above = logits.firstIndex { $0 > logit } ?? boundCount
        let i = min(max(above, 1), boundCount - 1)
        let slope = (bounds[start + i] - bounds[start + i - 1]) / (logits[i] - logits[i - 1])
        return bounds[start + i] + slope * (logit - logits[i])
    }

    /// How surprising an error is, from its rank among the bounds that had been served: uniform on 0…1 when all is
    /// well; nil while there are too few errors to tell.
    package func surprise(of error: Double, head: Int, bounds: [Double], at start: Int) -> Double? {
        guard counts[head] >= UInt64(Self.fewestForInterval) else { return nil }
        var above = 0
        while above < Self.boundCount, bounds[start + above] <= error { above += 1 }
        let i = min(max(above, 1), Self.boundCount - 1)
        let (lower, upper) = (bounds[start + i - 1], bounds[start + i])
        guard upper > lower else {
            // Bounds without a width: an error at them is what always comes, any other what never does.
            return error == lower ? 0 : 1
        }
        let share = (error - lower) / (upper - lower)
        let logit = Self.logits[i - 1] + share * (Self.logits[i] - Self.logits[i - 1])
        return (2 / (1 + Double.exp(-logit)) - 1).magnitude
    }

    /// Saves or restores what is tracked.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        try coder.exchange("interval.quantiles", shape: [headCount, Self.boundCount], &quantiles)
        try coder.exchange("interval.scales", shape: [headCount], &scales)
        try coder.exchange("interval.count", shape: [headCount], &counts)
    }
}
