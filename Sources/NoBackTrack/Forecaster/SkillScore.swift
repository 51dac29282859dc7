/// How good a head's forecasts have lately been: its mean absolute error against that of persistence, and
/// how often its 90 % interval held the truth.
package struct SkillScore: Sendable {
    /// The level of the intervals whose coverage is watched.
    package static let coverageLevel = 0.9

    /// Errors are averaged over about this many.
    private static let memory = 1_000.0

    private var forecastError: [Double]
    private var persistenceError: [Double]
    private var covered: [Double]
    private var scored: [Double]
    private var intervalsScored: [Double]

    /// Scores of nothing yet.
    package init(headCount: Int) {
        forecastError = Array(repeating: 0, count: headCount)
        persistenceError = forecastError
        covered = forecastError
        scored = forecastError
        intervalsScored = forecastError
    }

    /// Takes a forecast whose target has arrived.
    ///
    /// - Parameters:
    ///   - error: target less forecast, in the channel's standard deviations and held within bounds, so
    ///     that one glitch does not stand for the next thousand samples.
    ///   - change: target less the value the forecast was made at, likewise.
    ///   - isCovered: whether the interval held the target; nil when there was no interval.
    package mutating func record(head: Int, error: Double, change: Double, isCovered: Bool?) {
        scored[head] = min(scored[head] + 1, Self.memory)
        let rate = 1 / scored[head]
        forecastError[head] += rate * (error.magnitude - forecastError[head])
        persistenceError[head] += rate * (change.magnitude - persistenceError[head])
        guard let isCovered else { return }
        intervalsScored[head] = min(intervalsScored[head] + 1, Self.memory)
        covered[head] += ((isCovered ? 1 : 0) - covered[head]) / intervalsScored[head]
    }

    /// 1 − MAE / MAE of persistence: 1 is perfect, 0 as good as persistence, negative worse. nil before the
    /// first score, or where persistence has made no error.
    package func skill(head: Int) -> Double? {
        guard scored[head] > 0, persistenceError[head] > 0 else { return nil }
        return 1 - forecastError[head] / persistenceError[head]
    }

    /// The share of intervals that held the truth, in [0, 1]; nil before the first.
    package func coverage(head: Int) -> Double? {
        intervalsScored[head] > 0 ? covered[head] : nil
    }

    /// Saves or restores the scores.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        let shape = [scored.count]
        try coder.exchange("score.forecast_error", shape: shape, &forecastError)
        try coder.exchange("score.persistence_error", shape: shape, &persistenceError)
        try coder.exchange("score.covered", shape: shape, &covered)
        try coder.exchange("score.count", shape: shape, &scored)
        try coder.exchange("score.interval_count", shape: shape, &intervalsScored)
    }
}
