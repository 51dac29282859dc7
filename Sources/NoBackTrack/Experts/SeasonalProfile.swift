/// What a channel usually is at each phase of its season: an average over seasons, the newest counting most.
package struct SeasonalProfile: Sendable {
    /// Rate of the average, in seasons.
    private static let rate = 0.2

    /// In samples; 0: there is no season.
    private(set) var period = 0
    private var averages: [Double] = []
    /// Seasons averaged at each phase, as far as that matters.
    private var visits: [Double] = []

    /// Takes a season, and makes the averages anew from what is remembered.
    mutating func restart(period: Int, history: ValueHistory) {
        self.period = period
        averages = Array(repeating: 0, count: period)
        visits = averages
        guard period > 0 else { return }
        for lag in (0..<min(history.lagCount, 3 * period + 1)).reversed() {
            take(history.value(lag: lag), moment: history.count - 1 - UInt64(lag))
        }
    }

    /// Takes the value of a moment.
    mutating func take(_ value: Double, moment: UInt64) {
        guard period > 0 else { return }
        let phase = Int(moment % UInt64(period))
        visits[phase] = min(visits[phase] + 1, 1 / Self.rate)
        averages[phase] += (value - averages[phase]) / visits[phase]
    }

    /// What the channel usually is at a moment; nil where that phase has not been seen.
    func value(moment: UInt64) -> Double? {
        guard period > 0 else { return nil }
        let phase = Int(moment % UInt64(period))
        return visits[phase] > 0 ? averages[phase] : nil
    }

    /// Saves or restores the averages.
    ///
    /// - Parameter longestPeriod: no longer one is taken up.
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    mutating func exchange(
        _ name: String, longestPeriod: Int, with coder: inout StateCoder
    ) throws(StateError) {
        var length = UInt64(averages.count)
        try coder.exchange(name + ".period", &length)
        guard length <= UInt64(longestPeriod) else {
            throw .invalid(name: name + ".period", reason: "\(length)")
        }
        period = Int(length)
        if averages.count != period {
            averages = Array(repeating: 0, count: period)
            visits = averages
        }
        try coder.exchange(name + ".averages", shape: [period], &averages)
        try coder.exchange(name + ".visits", shape: [period], &visits)
    }
}
