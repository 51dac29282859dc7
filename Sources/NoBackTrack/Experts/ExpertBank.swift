/// The experts of a stream's targets beside its network, what each of them has forecast, and the aggregation of all.
package struct ExpertBank: Sendable {
    /// About as many of the newest errors count for an expert's skill.
    private static let memory = 1_000.0
    private static let expertCount = Expert.allCases.count

    private let horizonCount: Int
    private let headCount: Int
    private let slotCount: Int
    private let hasNetwork: Bool
    private var targets: [TargetExperts]
    private var aggregation: PolynomialAggregation
    /// Per slot, head and expert: the standardised change it forecast.
    private var changes: [Double]
    /// Per slot and head: a bit for each expert that had a forecast.
    private var awake: [UInt64]
    /// Per slot and head: the standardised change that was served.
    private var served: [Double]
    /// Per head and expert: running mean of the magnitude of its standardised error, and of how many.
    private var errors: [Double]
    private var scored: [Double]

    /// Experts that have seen nothing.
    ///
    /// - Parameters:
    ///   - longestSeason: no longer one is looked for; 0: none at all.
    ///   - hasNetwork: whether the network has a say.
    init(targetCount: Int, horizons: [Int], longestSeason: Int, hasNetwork: Bool) {
        self.hasNetwork = hasNetwork
        horizonCount = horizons.count
        headCount = targetCount * horizons.count
        slotCount = (horizons.last ?? 1) + 1
        targets = (0..<targetCount).map { _ in
            TargetExperts(horizons: horizons, longestSeason: longestSeason)
        }
        aggregation = PolynomialAggregation(headCount: headCount, expertCount: Self.expertCount)
        changes = Array(repeating: 0, count: slotCount * headCount * Self.expertCount)
        awake = Array(repeating: 0, count: slotCount * headCount)
        served = Array(repeating: 0, count: slotCount * headCount)
        errors = Array(repeating: 0, count: headCount * Self.expertCount)
        scored = errors
    }

    /// About how many numbers of eight bytes a bank keeps.
    static func numberCount(targetCount: Int, horizons: [Int], longestSeason: Int) -> Int {
        let heads = targetCount * horizons.count
        let slots = (horizons.last ?? 1) + 1
        return targetCount * TargetExperts.numberCount(horizons: horizons, longestSeason: longestSeason)
            + heads * ((slots + 5) * expertCount + 2 * slots)
    }

    /// The season of a target and its long one, in samples; 0: none is seen.
    package func periods(target: Int) -> (season: Int, long: Int) { targets[target].periods }

    /// An expert's weight in what is served, in 0…1; those of experts that sleep are shared out among the others.
    package func weight(head: Int, expert: Int) -> Double { aggregation.weight(head: head, expert: expert) }

    /// 1 − MAE / MAE of persistence over about the newest 1000 forecasts of the expert; nil before the first.
    package func skill(head: Int, expert: Int) -> Double? {
        let persistence = errors[head * Self.expertCount + Expert.persistence.rawValue]
        let place = head * Self.expertCount + expert
        guard scored[place] > 0, persistence > 0 else { return nil }
        return 1 - errors[place] / persistence
    }

    /// The standardised change that an expert forecast at a moment; nil where it had none.
    package func change(head: Int, expert: Int, moment: UInt64) -> Double? {
        let place = place(head, moment)
        guard awake[place] >> UInt64(expert) & 1 == 1 else { return nil }
        return changes[place * Self.expertCount + expert]
    }

    private func place(_ head: Int, _ moment: UInt64) -> Int {
        Int(moment % UInt64(slotCount)) * headCount + head
    }

    /// Scores every expert where a target has arrived, and learns.
    ///
    /// - Parameters:
    ///   - moment: the forecast's origin.
    ///   - change: what came, standardised by the origin's deviation; finite and held within bounds.
    ///   - scale: the origin's deviation.
    mutating func learn(head: Int, moment: UInt64, change: Double, scale: Double, isLearning: Bool) {
        let place = place(head, moment)
        let start = place * Self.expertCount
        for expert in 0..<Self.expertCount where awake[place] >> UInt64(expert) & 1 == 1 {
            let figure = head * Self.expertCount + expert
            scored[figure] = min(scored[figure] + 1, Self.memory)
            errors[figure] += ((changes[start + expert] - change).magnitude - errors[figure]) / scored[figure]
        }
        guard isLearning else { return }
        aggregation.learn(
            head: head, outcome: change, served: served[place], changes, from: start, awake: awake[place])
        targets[head / horizonCount].learn(
            head: head % horizonCount, moment: moment, change: change * scale)
    }

    /// Has the experts of a target begin anew, the network aside.
    mutating func restart(target: Int) {
        targets[target] = targets[target].anew
        restartAggregation(target: target)
    }

    private mutating func restartAggregation(target: Int) {
        for head in target * horizonCount..<(target + 1) * horizonCount { aggregation.restart(head: head) }
    }

    /// Has the experts of a target take its newest value for its level.
    ///
    /// - Parameter scale: its standard deviation from now on.
    mutating func recentre(target: Int, scale: Double) {
        targets[target].recentre(scale: scale)
        restartAggregation(target: target)
    }

    /// Takes a target's value.
    ///
    /// - Parameters:
    ///   - held: the value, held within bounds about what was usual before it.
    ///   - scale: the standard deviation that was; 0 while the channel has not varied.
    mutating func take(
        _ value: Double, held: Double, target: Int, moment: UInt64, scale: Double, isLearning: Bool
    ) {
        targets[target].take(
            value, held: held, moment: moment, scale: scale, isLearning: isLearning)
    }

    /// What is to be served: the aggregate of all experts.
    ///
    /// - Parameters:
    ///   - network: the standardised change that the network forecasts.
    /// - Returns: a standardised change.
    mutating func forecast(head: Int, moment: UInt64, scale: Double, network: Double) -> Double {
        let place = place(head, moment)
        let start = place * Self.expertCount
        changes[start + Expert.network.rawValue] = network
        awake[place] =
            (hasNetwork ? Expert.network.bit : 0)
            | targets[head / horizonCount].forecast(
                head: head % horizonCount, moment: moment, scale: scale, into: &changes, at: start)
        served[place] = aggregation.served(head: head, changes, from: start, awake: awake[place])
        return served[place]
    }

    /// Saves or restores everything.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        // A state without experts is one that was saved before there were any, or when none were asked for: they begin.
        guard !coder.lacks("experts.changes") else { return }
        try coder.exchange(
            "experts.changes", shape: [slotCount, headCount, Self.expertCount], &changes)
        try coder.exchange("experts.awake", shape: [slotCount, headCount], &awake)
        try coder.exchange("experts.served", shape: [slotCount, headCount], &served)
        try coder.exchange("experts.errors", shape: [headCount, Self.expertCount], &errors)
        try coder.exchange("experts.scored", shape: [headCount, Self.expertCount], &scored)
        try aggregation.exchange(with: &coder)
        for i in targets.indices { try targets[i].exchange("experts.\(i)", with: &coder) }
    }
}
