/// What is said of one target at one horizon under one settings of the learner. A figure that there is none of is nil:
/// nothing was scored, or what it is divided by is zero.
struct EvaluationRow: Encodable, Sendable {
    /// One of the experts behind the forecast, over the scored samples for which it had a forecast of its own.
    struct Expert: Encodable, Sendable {
        var name: String
        /// Its scored forecasts.
        var forecasts: Int
        var mae: Double?
        var rmse: Double?
        /// What it counted for, 0…1.
        var meanWeight: Double?
    }

    var file: String
    var stream: String
    /// The keys of the grid, and their values here.
    var learner: [String: String]
    /// The channel.
    var target: String
    /// Samples ahead.
    var horizon: Int
    /// Samples of the stream.
    var samples: Int
    /// Lines of the file that could not be used.
    var rejected: Int
    /// Scored forecasts, of each seed: those whose value arrived in the part that is scored, was observed, and whose
    /// channel was observed when they were made.
    var scored: Int
    /// Seeds that the figures are over.
    var seeds: Int
    /// Mean absolute error, in the channel's unit.
    var mae: Double?
    /// Of ``mae`` over the seeds; nil for a single one.
    var maeStandardError: Double?
    /// Root mean squared error, in the channel's unit.
    var rmse: Double?
    /// ``mae`` ÷ mean |y(t) − y(t − 1)| over all scored t where both are observed: the same unit at every horizon.
    var mase: Double?
    /// Of the forecast that the value stays what it was when the forecast was made.
    var persistenceMae: Double?
    var persistenceRmse: Double?
    /// 1 − ``mae`` ÷ ``persistenceMae``.
    var skill: Double?
    /// The expert with the least MAE in hindsight, of those with a forecast for 90 % of the scored samples.
    var bestExpert: String?
    /// 1 − MAE ÷ its MAE, where it had a forecast.
    var skillAgainstBestExpert: Double?
    /// Probability that an interval is to hold the value.
    var level: Double
    /// Scored forecasts with an interval.
    var intervals: Int
    /// The share of the intervals that held the value.
    var coverage: Double?
    /// Mean width of the intervals, in the channel's unit.
    var width: Double?
    /// ``width`` ÷ standard deviation of the channel's scored values.
    var relativeWidth: Double?
    /// Steps of the stream's learner a second, by the clock; reading the file and scoring not counted.
    var samplesPerSecond: Double?
    /// Whether ``mae`` is the least of the grid for this target and horizon; nil without a grid.
    var best: Bool?
    /// Empty where the forecast is no expert's.
    var experts: [Expert]
}
