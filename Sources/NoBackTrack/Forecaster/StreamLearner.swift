// The learner of one stream: forecast, score, learn, in that order, without looking ahead.
//
//   symbol   name                 meaning
//   t        stepCount            samples taken
//   K        longestHorizon       max of the horizons
//   h_F      forecasterState      advanced with the newest sample; its features serve every head
//   h_L      network.state        runs K samples behind, where all targets are known
//   f        features             [h; x; lags of x; 1]
//   φ        readout              targets are changes, (y - x) / σ: the untrained model is persistence
//   δ        delta                ∂ℓ/∂h_L through the readout of now, ℓ = Σ_heads e² / (2 R)
//   R        errorVariance        running variance of a head's standardised error
//   -        experts              who forecasts beside the network; what is served is the aggregate of all
//
// When x(t) arrives: every head whose target it is is scored and learns with the features and the gain of
// t - k; the network learns at t - K; then, and only then, x(t) is standardised, the forecaster advances
// and the forecasts from t are made.

/// One stream's learner: a value that a sample turns into the next one.
package struct StreamLearner: Sendable {
    /// What shaped it.
    package let configuration: LearnerConfiguration
    /// m, numbers in a sample.
    package let channelCount: Int
    /// The channels forecast, by index.
    package let targets: [Int]
    /// Whether samples change parameters. Forecasts are made either way.
    package var isLearning = true

    /// Samples taken, t.
    package private(set) var stepCount: UInt64 = 0
    /// Values missing so far, in any channel.
    package private(set) var missingValues: UInt64 = 0
    /// How surprising the newest sample was: uniform on 0…1 when all is well; nil while there are too few
    /// errors to tell, or when every target was missing.
    package private(set) var score: Double?
    /// What the samples and their errors have shown beside that.
    package private(set) var conditions: ConditionWatch

    private let longestHorizon: Int
    private let featureCount: Int
    private let lagCount: Int
    private var network: NetworkInTraining
    private let readoutStates: Range<Int>
    private var forecasterState: [Float]
    private var readout: RecursiveLeastSquares
    private var normaliser: Normaliser
    private var delay: DelayLine
    private var intervals: ConformalIntervals
    private var experts: ExpertBank?
    private var skillScore: SkillScore
    private var shrinkage: Shrinkage
    private var errorVariance: [Double]

    private var input: [Float]
    private var learnerFeatures: [Double]
    /// ∂ℓ/∂h as far as it is summed up; n.
    private var stateGradient: [Double]
    private var delta: [Float]

    /// A learner that has seen nothing.
    ///
    /// - Parameters:
    ///   - configuration: valid (``LearnerConfiguration/validate()``).
    ///   - channelCount: m ≥ 1.
    ///   - targets: channels to forecast, distinct and in 0..<m; not empty.
    ///   - streamKey: tells the stream's random draws from other streams'.
    package init(
        configuration: LearnerConfiguration, channelCount: Int, targets: [Int], streamKey: UInt64
    ) {
        precondition((try? configuration.validate()) != nil && channelCount >= 1 && !targets.isEmpty)
        precondition(Set(targets).count == targets.count)
        precondition(targets.allSatisfy { (0..<channelCount).contains($0) })
        self.configuration = configuration
        self.channelCount = channelCount
        self.targets = targets
        longestHorizon = configuration.horizons[configuration.horizons.count - 1]
        lagCount = Self.lagCount(configuration, channelCount: channelCount)
        featureCount = Self.featureCount(configuration, channelCount: channelCount)
        let heads = targets.count * configuration.horizons.count
        let network = NetworkInTraining(
            RecurrentNetwork.make(
                configuration, task: .numbers, inputCount: channelCount, streamKey: streamKey))
        self.network = network
        readoutStates = network.readoutStates
        forecasterState = Array(repeating: 0, count: network.state.count)
        readout = RecursiveLeastSquares(
            headCount: heads,
            priorVariances: Array(repeating: Self.priorVariance, count: featureCount),
            forgettingFactor: configuration.forgettingFactor)
        normaliser = Normaliser(channelCount: channelCount)
        conditions = ConditionWatch(channelCount: channelCount, targets: targets)
        delay = DelayLine(
            longestHorizon: longestHorizon, channelCount: channelCount, featureCount: featureCount,
            headCount: heads)
        intervals = ConformalIntervals(headCount: heads)
        if configuration.experts != .none {
            experts = ExpertBank(
                targetCount: targets.count, horizons: configuration.horizons,
                longestSeason: configuration.longestSeason,
                hasNetwork: configuration.experts != .withoutNetwork)
        }
        skillScore = SkillScore(headCount: heads)
        shrinkage = Shrinkage(headCount: heads)
        errorVariance = Array(repeating: 1, count: heads)
        input = Array(repeating: 0, count: channelCount)
        learnerFeatures = Array(repeating: 0, count: featureCount)
        stateGradient = Array(repeating: 0, count: configuration.hiddenUnits)
        delta = forecasterState
    }

    /// About how much memory a learner takes, in bytes: its arrays, and as much again for the small things
    /// around them.
    package static func memoryBytes(
        configuration: LearnerConfiguration, channelCount: Int, targetCount: Int
    ) -> Int {
        let features = featureCount(configuration, channelCount: channelCount)
        let heads = targetCount * configuration.horizons.count
        let slots = (configuration.horizons.last ?? 1) + 1
        let readout = features * features + heads * features
        let delay = slots * (2 * features + 3 * channelCount + (2 + ConformalIntervals.boundCount) * heads)
        let experts =
            configuration.experts == .none
            ? 0
            : ExpertBank.numberCount(
                targetCount: targetCount, horizons: configuration.horizons,
                longestSeason: configuration.longestSeason)
        let recurrent = RecurrentNetwork.numberCount(
            configuration, inputCount: channelCount, outputCount: heads)
        let conditions = ConditionWatch.numberCount(channelCount: channelCount, targetCount: targetCount)
        return 8 * (readout + delay + experts + conditions) + 4 * recurrent + 16_384
    }

    /// F: the hidden units, every channel with its lags, and 1.
    private static func featureCount(_ configuration: LearnerConfiguration, channelCount: Int) -> Int {
        let lags = lagCount(configuration, channelCount: channelCount)
        return configuration.hiddenUnits + channelCount * (1 + lags) + 1
    }

    /// As many of the configured lags as leave the readout within ``LearnerConfiguration/featureBudget``.
    private static func lagCount(_ configuration: LearnerConfiguration, channelCount: Int) -> Int {
        let room = LearnerConfiguration.featureBudget - configuration.hiddenUnits - 1
        return min(configuration.lags, max(room / channelCount - 1, 0))
    }

    /// Prior variance of a readout weight, in units of standardised change per standardised feature.
    private static let priorVariance = 1.0
    /// Largest magnitude a sample is taken at: its square, and sums of squares, stay finite.
    private static let largestMagnitude = 1e100
    /// Standardised changes and errors are held within ± this many standard deviations.
    private static let largestChange = 2 * Normaliser.clip
}

// MARK: - Forecasts

extension StreamLearner {
    /// Forecasts made at each sample: one for every target and horizon. Head number = position of the
    /// target in ``targets`` · horizons.count + position of the horizon.
    package var headCount: Int { targets.count * configuration.horizons.count }

    private func horizon(head: Int) -> UInt64 {
        UInt64(configuration.horizons[head % configuration.horizons.count])
    }

    private func target(head: Int) -> Int { targets[head / configuration.horizons.count] }

    /// The forecast from the newest sample, in the units of its channel; nil while the channel has never been
    /// observed.
    package func mean(head: Int) -> Double? {
        guard isKnown(head: head) else { return nil }
        return delay.means[delay.headIndex(delay.slot(stepCount - 1), head)]
    }

    /// Whether the head's channel has been observed at all.
    private func isKnown(head: Int) -> Bool {
        guard stepCount > 0 else { return false }
        return delay.isKnown(delay.slot(stepCount - 1), target(head: head))
    }

    /// Bounds that the value will lie between with the given probability, judged by the errors of this head so
    /// far; nil while there are too few of them.
    ///
    /// - Parameter level: in (0, 1).
    package func interval(head: Int, level: Double) -> (lower: Double, upper: Double)? {
        guard let mean = mean(head: head) else { return nil }
        let made = delay.headIndex(delay.slot(stepCount - 1), head)
        let errors = intervals.interval(
            head: head, level: level, bounds: delay.bounds, at: made * ConformalIntervals.boundCount)
        return errors.map { (mean + $0.lower, mean + $0.upper) }
    }

    /// How far the stream is from intervals for every head whose channel has been observed; nil once they are
    /// there.
    package var warming: (seen: UInt64, needed: UInt64)? {
        let needed = longestHorizon + ConformalIntervals.fewestForInterval
        // A head's errors begin with its horizon, and stop while its channel is missing.
        var seen: Int?
        for head in 0..<headCount where isKnown(head: head) {
            seen = min(seen ?? .max, Int(clamping: intervals.count(head: head)) + longestHorizon)
        }
        guard seen ?? 0 < needed else { return nil }
        return (min(stepCount, UInt64(seen ?? 0)), UInt64(needed))
    }

    /// 1 − MAE / MAE of persistence over about the newest 1000 forecasts; nil before the first score.
    package func skill(head: Int) -> Double? { skillScore.skill(head: head) }

    /// The share of about the newest 1000 intervals of 90 % that held the truth; nil before the first.
    package func coverage(head: Int) -> Double? { skillScore.coverage(head: head) }
}

// MARK: - Experts

extension StreamLearner {
    /// Names of the experts, the network the first; empty where it serves alone.
    package var expertNames: [String] { experts == nil ? [] : Expert.allCases.map(\.name) }

    /// What an expert itself forecasts from the newest sample, in the units of its channel; nil while it has no forecast.
    ///
    /// - Parameter expert: its place in ``expertNames``.
    package func mean(head: Int, expert: Int) -> Double? {
        guard isKnown(head: head),
            let change = experts?.change(head: head, expert: expert, moment: stepCount - 1)
        else { return nil }
        let base = delay.channelIndex(delay.slot(stepCount - 1), target(head: head))
        return delay.values[base] + delay.scales[base] * change
    }

    /// An expert's weight in what is served, 0…1.
    ///
    /// - Parameter expert: its place in ``expertNames``.
    package func weight(head: Int, expert: Int) -> Double? { experts?.weight(head: head, expert: expert) }

    /// 1 − MAE / MAE of persistence of an expert's own forecasts, over about the newest 1000; nil before the first.
    ///
    /// - Parameter expert: its place in ``expertNames``.
    package func skill(head: Int, expert: Int) -> Double? { experts?.skill(head: head, expert: expert) }

    /// The season that has been found in a target, and the long one, in samples; nil where there is none.
    ///
    /// - Parameter target: its place in ``targets``.
    package func seasons(target: Int) -> (season: Int, long: Int)? {
        guard let periods = experts?.periods(target: target), periods.season > 0 else { return nil }
        return periods
    }
}

// MARK: - One sample

extension StreamLearner {
    /// Takes one sample: scores the forecasts made for it, learns, and forecasts from it.
    ///
    /// - Parameter sample: m numbers; NaN stands for a missing one. Infinite ones count as missing too.
    package mutating func step(_ sample: Span<Double>) {
        precondition(sample.count == channelCount)
        let now = delay.slot(stepCount)
        take(sample, into: now)
        conditions.observe(sample, &normaliser, isLearning: isLearning)
        if isLearning, !conditions.reports.isEmpty { forgetWhatWasOtherwise() }
        scoreForecasts(at: now)
        if stepCount >= UInt64(longestHorizon) {
            learnRecurrently(at: delay.slot(stepCount - UInt64(longestHorizon)))
        }
        standardise(now)
        forecast(from: now)
        stepCount += 1
    }

    /// Where a channel has another scale, what was standardised by the old one teaches nothing; and how far forecasts
    /// were to be believed before they went wrong says nothing of those from here on.
    private mutating func forgetWhatWasOtherwise() {
        for report in conditions.reports {
            guard let channel = report.channel else { continue }
            let target = targets.firstIndex(of: channel)
            switch report.condition {
            case .scaleChange:
                delay.forgetScales(channel: channel)
                if let target { experts?.restart(target: target) }
            case .levelShift:
                if let target { experts?.recentre(target: target, scale: normaliser.scale(channel: channel)) }
            case .stuck, .gap, .drift: continue
            }
            shrinkage = Shrinkage(headCount: headCount)
        }
    }

    /// Puts the sample's values into the delay line, each missing one replaced by the forecast for it, or
    /// by the last value where there is no forecast.
    private mutating func take(_ sample: Span<Double>, into now: Int) {
        let before = delay.slot(stepCount &+ UInt64(longestHorizon))
        for channel in 0..<channelCount {
            let index = delay.channelIndex(now, channel)
            let value = sample[channel]
            if value.isFinite {
                let largest = Self.largestMagnitude
                delay.values[index] = min(max(value, -largest), largest)
                delay.observed[index] = DelayLine.isObserved
                continue
            }
            missingValues += 1
            if stepCount > 0, delay.isKnown(before, channel) {
                let last = delay.values[delay.channelIndex(before, channel)]
                delay.values[index] = forecastOfNow(channel: channel) ?? last
                delay.observed[index] = DelayLine.isFilledIn
            } else {
                // Nothing is known of the channel yet: a place-holder that nobody forecasts from.
                delay.values[index] = 0
                delay.observed[index] = DelayLine.isUnknown
            }
        }
    }

    /// The forecast made for the sample now arriving, by the shortest horizon that has one.
    private func forecastOfNow(channel: Int) -> Double? {
        guard let target = targets.firstIndex(of: channel) else { return nil }
        let horizon = UInt64(configuration.horizons[0])
        guard stepCount >= horizon, delay.isKnown(delay.slot(stepCount - horizon), channel) else {
            return nil
        }
        let head = target * configuration.horizons.count
        return delay.means[delay.headIndex(delay.slot(stepCount - horizon), head)]
    }

    /// Scores every forecast whose target has arrived, and lets its head learn.
    private mutating func scoreForecasts(at now: Int) {
        var largestRank: Double?
        var ranked = 0.0
        for head in 0..<headCount where stepCount >= horizon(head: head) {
            let current = delay.channelIndex(now, target(head: head))
            guard delay.observed[current] == DelayLine.isObserved else { continue }
            let origin = delay.slot(stepCount - horizon(head: head))
            guard delay.isKnown(origin, target(head: head)) else { continue }
            let made = delay.headIndex(origin, head)
            let base = delay.channelIndex(origin, target(head: head))
            let error = delay.values[current] - delay.means[made]
            let change = delay.values[current] - delay.values[base]
            let bounds = made * ConformalIntervals.boundCount
            if head % configuration.horizons.count == 0 {
                if let rank = intervals.surprise(of: error, head: head, bounds: delay.bounds, at: bounds) {
                    largestRank = max(largestRank ?? 0, rank)
                    ranked += 1
                }
                conditions.record(error: error, target: head / configuration.horizons.count)
            }
            let isCovered = intervals.interval(
                head: head, level: SkillScore.coverageLevel, bounds: delay.bounds, at: bounds
            ).map { $0.lower <= error && error <= $0.upper }
            intervals.observe(error, head: head, bounds: delay.bounds, at: bounds)
            let scale = delay.scales[base]
            guard scale > 0 else { continue }
            let standardChange = Self.held(change / scale)
            skillScore.record(
                head: head, error: Self.held(error / scale), change: standardChange, isCovered: isCovered)
            let moment = stepCount - horizon(head: head)
            experts?.learn(
                head: head, moment: moment, change: standardChange, scale: scale, isLearning: isLearning)
            guard isLearning else { continue }
            shrinkage.record(head: head, forecast: delay.changes[made], change: standardChange)
            readout.learn(
                head: head, target: standardChange, features: delay.features, gains: delay.gains,
                from: delay.featureStart(origin), errorVariance: &errorVariance[head])
        }
        // The largest of several uniform ranks, made uniform again.
        score = largestRank.map { rank in
            var product = 1.0
            for _ in 0..<Int(ranked) { product *= rank }
            return product
        }
    }

    private static func held(_ change: Double) -> Double {
        min(max(change, -largestChange), largestChange)
    }

    /// One step of the network at the moment in this slot, whose targets are all known by now.
    private mutating func learnRecurrently(at origin: Int) {
        let start = delay.featureStart(origin)
        let n = configuration.hiddenUnits
        for channel in 0..<channelCount { input[channel] = Float(delay.features[start + n + channel]) }
        network.advance(input: input)
        guard isLearning else { return network.learn(delta: []) }
        let output = readoutStates.lowerBound
        fillLearnerFeatures(from: start)
        let stateCount = forecasterState.count
        let rowCount = network.usesCurvature ? 1 + headCount : 1
        if delta.count != rowCount * stateCount {
            delta = Array(repeating: 0, count: rowCount * stateCount)
        }
        for i in delta.indices { delta[i] = 0 }
        for i in stateGradient.indices { stateGradient[i] = 0 }
        var lossCount = 0
        for head in 0..<headCount {
            let base = delay.channelIndex(origin, target(head: head))
            let moment = stepCount - UInt64(longestHorizon) + horizon(head: head)
            let arrived = delay.channelIndex(delay.slot(moment), target(head: head))
            guard delay.observed[arrived] == DelayLine.isObserved, delay.scales[base] > 0 else { continue }
            let change = (delay.values[arrived] - delay.values[base]) / delay.scales[base]
            let forecast = readout.output(head: head, learnerFeatures, from: 0)
            let spread = max(errorVariance[head], 1e-6).squareRoot()
            // Beyond three standard deviations an error counts by its sign: a glitch teaches no more.
            let error = min(max((forecast - Self.held(change)) / spread, -3), 3)
            readout.addWeights(head: head, by: error / spread, to: &stateGradient)
            lossCount += 1
            guard network.usesCurvature else { continue }
            // The head's row of C: its loss is e² / (2 R), and the mean over heads is taken below.
            let row = (1 + head) * stateCount + output
            let scale = Double(headCount).squareRoot() / spread
            for i in 0..<n { delta[row + i] = Float(scale * readout.weight(head: head, feature: i)) }
        }
        for i in 0..<n { delta[output + i] = Float(stateGradient[i]) }
        guard lossCount > 0, squaredNorm(delta, count: delta.count).isFinite else {
            return network.learn(delta: [])
        }
        scale(&delta, from: 0, count: delta.count, by: 1 / Float(headCount))
        network.learn(delta: delta)
    }

    /// f at the learner's state: its own, with the rest of what the forecaster saw at that moment.
    private mutating func fillLearnerFeatures(from start: Int) {
        let n = configuration.hiddenUnits
        let count = featureCount
        let state = network.state
        let output = readoutStates.lowerBound
        precondition(output + n <= state.count && start + count <= delay.features.count)
        learnerFeatures.withUnsafeMutableBufferPointer { f in
            state.withUnsafeBufferPointer { h in for i in 0..<n { f[i] = Double(h[output + i]) } }
            delay.features.withUnsafeBufferPointer { past in for i in n..<count { f[i] = past[start + i] } }
        }
    }

    /// Standardises the newest sample by what was known before it, makes the skip part of its features, and
    /// only then lets it into the statistics.
    private mutating func standardise(_ now: Int) {
        let m = channelCount
        let n = configuration.hiddenUnits
        let start = delay.featureStart(now) + n
        let earlier = delay.featureStart(delay.slot(stepCount &+ UInt64(longestHorizon))) + n
        let lagged = m * lagCount
        for i in 0..<lagged {
            delay.features[start + m + i] = stepCount == 0 ? 0 : delay.features[earlier + i]
        }
        for (place, channel) in targets.enumerated() where delay.isKnown(now, channel) {
            let value = delay.values[delay.channelIndex(now, channel)]
            experts?.take(
                value, held: normaliser.hold(value, channel: channel), target: place, moment: stepCount,
                scale: normaliser.scale(channel: channel), isLearning: isLearning)
        }
        for channel in 0..<m {
            let index = delay.channelIndex(now, channel)
            let value = delay.values[index]
            // Rounded as the network sees it, so that both see one number.
            let standard = Float(normaliser.standardise(value, channel: channel))
            delay.features[start + channel] = Double(standard)
            delay.scales[index] = normaliser.scale(channel: channel)
            input[channel] = standard
            if isLearning, delay.observed[index] == DelayLine.isObserved {
                normaliser.absorb(value, channel: channel)
            }
        }
        delay.features[start + m + lagged] = 1
    }

    /// Advances the forecaster and makes every head's forecast and interval from the newest sample.
    private mutating func forecast(from now: Int) {
        let start = delay.featureStart(now)
        network.advance(forecaster: &forecasterState, input: input)
        for i in 0..<configuration.hiddenUnits {
            delay.features[start + i] = Double(forecasterState[readoutStates.lowerBound + i])
        }
        if isLearning {
            readout.absorb(delay.features, into: &delay.gains, from: start)
        } else {
            for i in start..<start + featureCount { delay.gains[i] = 0 }
        }
        for head in 0..<headCount {
            let base = delay.channelIndex(now, target(head: head))
            let change = Self.held(readout.output(head: head, delay.features, from: start))
            let believed = shrinkage.factor(head: head) * change
            let made = delay.headIndex(now, head)
            delay.changes[made] = change
            delay.means[made] =
                delay.values[base] + delay.scales[base] * served(head: head, network: believed, at: now)
            intervals.writeBounds(head: head, to: &delay.bounds, at: made * ConformalIntervals.boundCount)
        }
    }

    /// The standardised change that is served.
    private mutating func served(head: Int, network: Double, at now: Int) -> Double {
        let channel = target(head: head)
        // What is forecast of a channel before it begins is neither served nor scored.
        guard delay.isKnown(now, channel) else { return network }
        let scale = delay.scales[delay.channelIndex(now, channel)]
        return experts?.forecast(head: head, moment: stepCount, scale: scale, network: network) ?? network
    }
}

// MARK: - State

extension StreamLearner: ResumableLearner {
    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        var flags: [UInt64] = [isLearning ? 1 : 0, score == nil ? 0 : 1]
        var newestScore = score ?? 0
        try coder.exchange("step", &stepCount)
        try network.exchange(with: &coder)
        try coder.exchange("state.forecaster", shape: [forecasterState.count], &forecasterState)
        try readout.exchange(with: &coder)
        try normaliser.exchange(with: &coder)
        try delay.exchange(with: &coder)
        // Older states tracked no bounds: they begin.
        if !coder.lacks("interval.quantiles") { try intervals.exchange(with: &coder) }
        try skillScore.exchange(with: &coder)
        try conditions.exchange(with: &coder)
        try shrinkage.exchange(with: &coder)
        try experts?.exchange(with: &coder)
        try coder.exchange("readout.error_variance", shape: [headCount], &errorVariance)
        try coder.exchange("state.missing", &missingValues)
        try coder.exchange("state.flags", shape: [2], &flags)
        try coder.exchange("state.score", &newestScore)
        isLearning = flags[0] != 0
        score = flags[1] != 0 ? newestScore : nil
    }
}
