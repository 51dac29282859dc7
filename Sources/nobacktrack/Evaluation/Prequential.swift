import NoBackTrackSystem

// Prequential evaluation (A. P. Dawid, "Present position and potential developments: some personal views:
// statistical theory: the prequential approach", 1984): forecast, then see, then score, then learn.
//
//   symbol   meaning
//   t        samples taken so far; the next one is y(t)
//   h        horizon: the forecast from y(t - h) is of y(t)
//   s        the first sample that is scored
//
// There is nothing here but the samples that were taken and the forecasts that wait for theirs: what comes later
// can change no forecast, because it is nowhere.

/// A learner and the score of its forecasts.
struct Prequential<Learner: PrequentialLearner>: Sendable {
    /// The channels forecast, by place in a sample.
    let targets: [Int]
    /// Samples ahead; ascending.
    let horizons: [Int]
    /// Probability of the intervals.
    let level: Double
    /// s: forecasts of earlier samples are not scored.
    let firstScored: Int

    /// t.
    private(set) var step = 0
    /// The score of every head: of each target at each horizon.
    private(set) var scores: [HeadScore]
    /// How every target moves.
    private(set) var movements: [TargetMovement]
    /// What the learner's steps took, by the clock.
    private(set) var nanoseconds: UInt64 = 0

    private var learner: Learner
    private let experts: Int
    private var pending: PendingForecasts

    /// Nothing taken yet.
    ///
    /// - Parameters:
    ///   - learner: One that has seen nothing, with a head for each of the targets at each of the horizons.
    ///   - firstScored: Number of the first sample that is scored, from 0 on.
    init(_ learner: Learner, targets: [Int], horizons: [Int], level: Double, firstScored: Int) {
        self.learner = learner
        self.targets = targets
        self.horizons = horizons
        self.level = level
        self.firstScored = firstScored
        experts = learner.expertNames.count
        let heads = targets.count * horizons.count
        scores = Array(repeating: HeadScore(experts: experts), count: heads)
        movements = Array(repeating: TargetMovement(), count: targets.count)
        pending = PendingForecasts(
            longestHorizon: horizons.max() ?? 1, heads: heads, targets: targets.count, experts: experts)
    }

    /// The names of the learner's experts.
    var expertNames: [String] { learner.expertNames }

    /// Takes the next sample: scores the forecasts of it, has it learned, and keeps the forecasts from it.
    ///
    /// - Parameter sample: A number for every channel, NaN where it is missing.
    mutating func take(_ sample: Span<Double>) {
        if step >= firstScored { score(sample) }
        let start = Clocks.monotonicNanoseconds()
        learner.step(sample)
        nanoseconds += Clocks.monotonicNanoseconds() - start
        keepForecasts(from: sample)
        step += 1
    }

    /// The newest forecast of a head: NaN where there is none.
    func newest(head: Int) -> Forecast { pending.forecasts[pending.index(step - 1, head: head)] }

    private mutating func score(_ sample: Span<Double>) {
        for (place, channel) in targets.enumerated() where sample[channel].isFinite {
            let value = sample[channel]
            movements[place].record(value, before: pending.value(step - 1, target: place, from: step))
            for (rank, horizon) in horizons.enumerated() where step >= horizon {
                let head = place * horizons.count + rank
                let origin = pending.value(step - horizon, target: place, from: step)
                let forecast = pending.forecasts[pending.index(step - horizon, head: head)]
                guard let origin, forecast.mean.isFinite else { continue }
                scores[head].record(value, forecast, persistence: origin)
                for expert in 0..<experts {
                    let made = pending.experts[pending.index(step - horizon, head: head, expert: expert)]
                    scores[head].record(value, forecast, expert: expert, made)
                }
            }
        }
    }

    private mutating func keepForecasts(from sample: Span<Double>) {
        for (place, channel) in targets.enumerated() { pending.set(sample[channel], step, target: place) }
        for head in scores.indices {
            let interval = learner.interval(head: head, level: level)
            pending.forecasts[pending.index(step, head: head)] = Forecast(
                mean: learner.mean(head: head) ?? .nan, lower: interval?.lower ?? .nan,
                upper: interval?.upper ?? .nan)
            for expert in 0..<experts {
                pending.experts[pending.index(step, head: head, expert: expert)] = ExpertForecast(
                    mean: learner.mean(head: head, expert: expert) ?? .nan,
                    weight: learner.weight(head: head, expert: expert) ?? .nan)
            }
        }
    }
}
