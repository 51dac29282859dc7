// The experts of one channel, the network aside. All forecast the change from the newest value, in the standard
// deviations of the moment:
//
//   symbol   name        meaning
//   x        value       newest value
//   σ, μ     scale, mean what the moment is standardised with
//   h        horizon     samples ahead
//   P, Q     periods     the season and the long season
//
// Regressions are direct, one for each horizon, for one that is iterated can diverge. Their features are differences to x
// in the history's unit, so neither the unit of a sensor nor where its zero is matters, and every sample counts alike.

/// The cheap experts of one channel.
struct TargetExperts: Sendable {
    /// Changes and differences are held within ± this many σ.
    private static let largestChange = 2 * Normaliser.clip
    private static let fast = 0.998
    private static let slow = 0.9999
    private static let shortLags = 8
    private static let longLags = 32
    private static let differenceLags = 24
    private static let driftRate = 0.02
    private static let meanRate = 0.001
    private static let smoothingRate = 0.1
    /// Features of a seasonal regression but for its seasons'.
    private static let seasonalLags = 8
    private static let seasonsOfOne = 2
    private static let seasonsOfOther = 3

    private let horizons: [Int]
    private let longestSeason: Int
    private var history: ValueHistory
    private var finder: SeasonFinder
    private var profile = SeasonalProfile()
    private var longProfile = SeasonalProfile()
    /// Running slope, mean and smoothed value, and the level that regressions measure the newest value's from.
    private var trends = [0.0, 0, 0, 0]
    private var shortRegression: DelayedRegression
    private var longRegression: DelayedRegression
    /// One for each horizon, for what came ahead a season ago depends on it.
    private var seasonalRegressions: [DelayedRegression]
    private var longSeasonalRegressions: [DelayedRegression]
    private var differenceRegression: DelayedRegression
    /// Per slot and head: what came ahead a long season ago, as the change from then.
    private var seasonalChanges: [Double]
    private let slotCount: Int
    /// How many seasons back the second of a long seasonal regression's looks.
    private var fartherSeasons = 2

    /// Experts that have seen nothing.
    ///
    /// - Parameter longestSeason: no longer one is looked for; 0: none at all.
    init(horizons: [Int], longestSeason: Int) {
        self.horizons = horizons
        let slots = (horizons.last ?? 1) + 1
        slotCount = slots
        self.longestSeason = longestSeason
        history = ValueHistory(longestLag: max(longestSeason, Self.longLags))
        finder = SeasonFinder(longestPeriod: longestSeason)
        let heads = horizons.count
        shortRegression = DelayedRegression(
            featureCount: Self.shortLags + 1, headCount: heads, forgettingFactors: [Self.fast, Self.slow],
            slotCount: slots)
        longRegression = DelayedRegression(
            featureCount: Self.longLags + 1, headCount: heads, forgettingFactors: [Self.fast, Self.slow],
            slotCount: slots)
        seasonalRegressions = horizons.map { _ in
            DelayedRegression(
                featureCount: Self.seasonalLags + 2 * Self.seasonsOfOne + 1, headCount: 1,
                forgettingFactors: [Self.fast], slotCount: slots)
        }
        longSeasonalRegressions = horizons.map { _ in
            DelayedRegression(
                featureCount: Self.seasonalLags + 2 * Self.seasonsOfOther + 1, headCount: 1,
                forgettingFactors: [Self.fast, Self.slow], slotCount: slots)
        }
        differenceRegression = DelayedRegression(
            featureCount: Self.differenceLags + 1, headCount: heads, forgettingFactors: [Self.slow],
            slotCount: slots)
        seasonalChanges = Array(repeating: 0, count: slots * heads)
    }

    /// The same experts before they have seen anything.
    var anew: TargetExperts { TargetExperts(horizons: horizons, longestSeason: longestSeason) }

    /// About how many numbers the experts of a channel keep.
    static func numberCount(horizons: [Int], longestSeason: Int) -> Int {
        let slots = (horizons.last ?? 1) + 1
        func count(_ features: Int, _ heads: Int, _ members: Int) -> Int {
            DelayedRegression.numberCount(
                featureCount: features + 1, headCount: heads, memberCount: members, slotCount: slots)
        }
        let direct =
            count(shortLags, horizons.count, 2) + count(longLags, horizons.count, 2)
            + count(differenceLags, horizons.count, 1)
        let seasonal =
            count(seasonalLags + 2 * seasonsOfOne, 1, 1) + count(seasonalLags + 2 * seasonsOfOther, 1, 2)
        return direct + horizons.count * (seasonal + slots) + 4 * longestSeason
    }

    /// The season and the long one, in samples; 0: none is seen.
    var periods: (season: Int, long: Int) { (finder.period, finder.longPeriod) }
}

// MARK: - One sample

extension TargetExperts {
    /// Has every regression learn the change that came at a horizon.
    ///
    /// - Parameters:
    ///   - head: place of the horizon.
    ///   - moment: the forecast's origin.
    ///   - change: finite, in the units of the channel.
    mutating func learn(head: Int, moment: UInt64, change: Double) {
        guard history.unit > 0 else { return }
        let change = change / history.unit
        shortRegression.learn(head: head, moment: moment, target: change)
        longRegression.learn(head: head, moment: moment, target: change)
        guard finder.period > 0 else { return }
        seasonalRegressions[head].learn(head: 0, moment: moment, target: change)
        longSeasonalRegressions[head].learn(head: 0, moment: moment, target: change)
        let usual = seasonalChanges[place(head, moment)]
        differenceRegression.learn(head: head, moment: moment, target: change - usual)
    }

    /// Takes a value.
    ///
    /// - Parameters:
    ///   - value: x; finite.
    ///   - held: x, held within bounds about μ.
    ///   - scale: σ of the moment.
    mutating func take(_ value: Double, held: Double, moment: UInt64, scale: Double, isLearning: Bool) {
        let before = history.count > 0 ? history.value(lag: 0) : value
        if history.count == 0 { trends[3] = value }
        history.append(value, held: held, scale: scale)
        if isLearning {
            let count = Double(history.count)
            trends[0] += max(Self.driftRate, 1 / count) * (value - before - trends[0])
            trends[1] += max(Self.meanRate, 1 / count) * (value - trends[1])
            trends[2] += max(Self.smoothingRate, 1 / count) * (value - trends[2])
            profile.take(value, moment: history.count - 1)
            longProfile.take(value, moment: history.count - 1)
            let periods = periods
            if finder.observe(history), history.unit > 0, scale > 0 {
                restartSeasons(periods, scale: scale / history.unit)
            }
        }
        if history.unit > 0 {
            takeFeatures(level: held, moment: moment, scale: scale, isLearning: isLearning)
        }
    }

    /// Takes the newest value for the level from now on: what was usual before is not any more. Regressions begin anew,
    /// for the jump in their features would long weigh more than all that comes.
    ///
    /// - Parameter scale: σ from now on.
    mutating func recentre(scale: Double) {
        guard history.count > 0 else { return }
        let value = history.value(lag: 0)
        trends = [0, value, value, value]
        guard history.unit > 0, scale > 0 else { return }
        let scale = scale / history.unit
        shortRegression.restart(scale: scale)
        longRegression.restart(scale: scale)
        differenceRegression.restart(scale: scale)
        for i in seasonalRegressions.indices { seasonalRegressions[i].restart(scale: scale) }
        restartLongSeasonal(scale: scale)
    }

    private mutating func restartLongSeasonal(scale: Double) {
        for i in longSeasonalRegressions.indices { longSeasonalRegressions[i].restart(scale: scale) }
    }

    /// - Parameter scale: σ in the history's unit.
    private mutating func restartSeasons(_ before: (season: Int, long: Int), scale: Double) {
        if before.season != finder.period {
            profile.restart(period: finder.period, history: history)
            for i in seasonalRegressions.indices { seasonalRegressions[i].restart(scale: scale) }
        }
        if before.long != finder.longPeriod {
            longProfile.restart(period: finder.longPeriod, history: history)
            differenceRegression.restart(scale: scale)
        }
        let isAmongOthers = [finder.period, fartherSeasons * finder.period].contains(finder.longPeriod)
        if before.season != finder.period || !isAmongOthers { restartLongSeasonal(scale: scale) }
    }

    private mutating func takeFeatures(level: Double, moment: UInt64, scale: Double, isLearning: Bool) {
        let history = history
        let x = history.value(lag: 0)
        let unit = 1 / history.unit
        let reach = Self.largestChange * scale * unit
        func held(_ difference: Double) -> Double { min(max(difference * unit, -reach), reach) }
        func fillLags(_ f: UnsafeMutableBufferPointer<Double>, _ count: Int) {
            f[0] = (level - trends[3]) * unit
            for lag in 1..<count {
                f[lag] = lag < history.lagCount ? held(history.value(lag: lag) - x) : 0
            }
        }
        shortRegression.take(moment: moment, isLearning: isLearning) { fillLags($0, Self.shortLags) }
        longRegression.take(moment: moment, isLearning: isLearning) { fillLags($0, Self.longLags) }
        let season = finder.period
        guard season > 0 else { return }
        let long = finder.longPeriod
        let farther = 7 * season < history.lagCount ? 7 : 2
        if farther != fartherSeasons {
            fartherSeasons = farther
            restartLongSeasonal(scale: scale / history.unit)
        }
        // One that is among the others anyway says nothing more.
        let third = long == season || long == farther * season ? 0 : long
        func fillSeason(
            _ f: UnsafeMutableBufferPointer<Double>, _ place: Int, _ period: Int, ahead horizon: Int
        ) {
            let start = Self.seasonalLags + 2 * place
            guard period > 0 else { return (f[start], f[start + 1]) = (0, 0) }
            let then = history.value(lag: period)
            f[start] = held(history.value(ahead: horizon, lastSeason: period) - then)
            f[start + 1] = held(x - then)
        }
        for (i, horizon) in horizons.enumerated() {
            if 2 * season < history.lagCount {
                seasonalRegressions[i].take(moment: moment, isLearning: isLearning) {
                    fillLags($0, Self.seasonalLags)
                    fillSeason($0, 0, season, ahead: horizon)
                    fillSeason($0, 1, 2 * season, ahead: horizon)
                }
            }
            if max(2 * season, long) < history.lagCount {
                longSeasonalRegressions[i].take(moment: moment, isLearning: isLearning) {
                    fillLags($0, Self.seasonalLags)
                    fillSeason($0, 0, season, ahead: horizon)
                    fillSeason($0, 1, farther * season, ahead: horizon)
                    fillSeason($0, 2, third, ahead: horizon)
                }
            }
        }
        guard long < history.lagCount else { return }
        for (i, horizon) in horizons.enumerated() {
            let ahead = history.value(ahead: horizon, lastSeason: long)
            seasonalChanges[place(i, moment)] = held(
                ahead - history.value(lag: long))
        }
        differenceRegression.take(moment: moment, isLearning: isLearning) { f in
            for lag in 0..<Self.differenceLags {
                f[lag] =
                    lag + long < history.lagCount
                    ? held(history.value(lag: lag) - history.value(lag: lag + long)) : 0
            }
        }
    }

    /// Where a head's moment is in ``seasonalChanges``.
    private func place(_ head: Int, _ moment: UInt64) -> Int {
        Int(moment % UInt64(slotCount)) * horizons.count + head
    }

    private static func held(_ change: Double) -> Double { min(max(change, -largestChange), largestChange) }
}

// MARK: - Forecasts

extension TargetExperts {
    /// Writes what every expert but the network forecasts from the newest value.
    ///
    /// - Parameters:
    ///   - head: place of the horizon.
    ///   - moment: the newest one.
    ///   - scale: σ of the moment.
    ///   - changes: receives, from `start` on, a change for every expert; those of experts without a forecast stay.
    /// - Returns: a bit for each expert that has a forecast.
    func forecast(
        head: Int, moment: UInt64, scale: Double, into changes: inout [Double], at start: Int
    ) -> UInt64 {
        var awake = Expert.persistence.bit
        changes[start + Expert.persistence.rawValue] = 0
        guard scale > 0 else { return awake }
        let x = history.value(lag: 0)
        let horizon = horizons[head]
        func put(_ expert: Expert, change: Double) {
            changes[start + expert.rawValue] = Self.held(change)
            awake |= expert.bit
        }
        func put(_ expert: Expert, value: Double?) {
            if let value { put(expert, change: (value - x) / scale) }
        }
        func put(
            _ expert: Expert, _ regression: DelayedRegression, member: Int, head: Int, over usual: Double = 0
        ) {
            guard regression.isReady(head: head) else { return }
            let output = regression.output(member: member, head: head, moment: moment)
            put(expert, change: (usual + output) * history.unit / scale)
        }
        put(.drift, change: Double(horizon) * trends[0] / scale)
        put(.mean, value: trends[1])
        put(.smoothing, value: trends[2])
        put(.shortAutoregressionFast, shortRegression, member: 0, head: head)
        put(.shortAutoregression, shortRegression, member: 1, head: head)
        put(.longAutoregressionFast, longRegression, member: 0, head: head)
        put(.longAutoregression, longRegression, member: 1, head: head)
        let (season, long) = periods
        guard season > 0 else { return awake }
        let then = history.count + UInt64(horizon) - 1
        if season < history.lagCount {
            put(.seasonalNaive, value: history.value(ahead: horizon, lastSeason: season))
        }
        put(.seasonalProfile, value: profile.value(moment: then))
        if long > season, long < history.lagCount {
            put(.longSeasonalNaive, value: history.value(ahead: horizon, lastSeason: long))
            put(.longSeasonalProfile, value: longProfile.value(moment: then))
        }
        put(.seasonalAutoregressionFast, seasonalRegressions[head], member: 0, head: 0)
        put(.longSeasonalAutoregressionFast, longSeasonalRegressions[head], member: 0, head: 0)
        put(.longSeasonalAutoregression, longSeasonalRegressions[head], member: 1, head: 0)
        let usual = seasonalChanges[place(head, moment)]
        put(.seasonalDifference, differenceRegression, member: 0, head: head, over: usual)
        return awake
    }

    /// Saves or restores everything.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    mutating func exchange(_ name: String, with coder: inout StateCoder) throws(StateError) {
        try history.exchange(name, with: &coder)
        try finder.exchange(name, with: &coder)
        try profile.exchange(name + ".profile", longestPeriod: longestSeason, with: &coder)
        try longProfile.exchange(name + ".long_profile", longestPeriod: longestSeason, with: &coder)
        try coder.exchange(name + ".trends", shape: [4], &trends)
        try shortRegression.exchange(name + ".ar_8", with: &coder)
        try longRegression.exchange(name + ".ar_32", with: &coder)
        for i in horizons.indices {
            try seasonalRegressions[i].exchange("\(name).seasonal_ar.\(i)", with: &coder)
            try longSeasonalRegressions[i].exchange("\(name).long_seasonal_ar.\(i)", with: &coder)
        }
        try differenceRegression.exchange(name + ".seasonal_difference", with: &coder)
        try coder.exchange(
            name + ".seasonal_changes", shape: [slotCount, horizons.count], &seasonalChanges)
        var farther = UInt64(fartherSeasons)
        try coder.exchange(name + ".farther_seasons", &farther)
        fartherSeasons = Int(clamping: farther)
    }
}
