/// How good the forecasts of one target at one horizon were, as sums that a forecast is added to when its value
/// arrives.
struct HeadScore: Sendable, Equatable {
    /// Errors of one forecaster.
    struct Errors: Sendable, Equatable {
        private(set) var count = 0
        private var absolute = 0.0
        private var squared = 0.0

        mutating func record(_ error: Double) {
            count += 1
            absolute += error.magnitude
            squared += error * error
        }

        mutating func add(_ other: Errors) {
            count += other.count
            absolute += other.absolute
            squared += other.squared
        }

        /// Mean absolute error; nil before the first.
        var mae: Double? { count > 0 ? absolute / Double(count) : nil }
        /// Root of the mean squared error; nil before the first.
        var rmse: Double? { count > 0 ? (squared / Double(count)).squareRoot() : nil }
    }

    /// An expert's errors, those of the forecast itself where the expert had one too, and what it counted for.
    struct Expert: Sendable, Equatable {
        var errors = Errors()
        var forecast = Errors()
        fileprivate(set) var weights = 0
        fileprivate(set) var weight = 0.0

        /// Its mean weight; nil where it never had one.
        var meanWeight: Double? { weights > 0 ? weight / Double(weights) : nil }
    }

    /// Of the forecasts.
    private(set) var errors = Errors()
    /// Of persistence: the target's value when the forecast was made.
    private(set) var persistence = Errors()
    /// In the order of their names.
    private(set) var experts: [Expert]
    /// Forecasts that had an interval.
    private(set) var intervals = 0
    private var held = 0
    private var width = 0.0

    /// Nothing scored.
    init(experts: Int) {
        self.experts = Array(repeating: Expert(), count: experts)
    }

    /// Scores a forecast.
    ///
    /// - Parameter persistence: The target's value when the forecast was made.
    mutating func record(_ value: Double, _ forecast: Forecast, persistence: Double) {
        errors.record(value - forecast.mean)
        self.persistence.record(value - persistence)
        guard forecast.lower <= forecast.upper else { return }
        intervals += 1
        width += forecast.upper - forecast.lower
        if (forecast.lower...forecast.upper).contains(value) { held += 1 }
    }

    /// Scores what an expert said beside the forecast; nothing if it had none.
    mutating func record(_ value: Double, _ forecast: Forecast, expert: Int, _ made: ExpertForecast) {
        guard made.mean.isFinite else { return }
        experts[expert].errors.record(value - made.mean)
        experts[expert].forecast.record(value - forecast.mean)
        guard made.weight.isFinite else { return }
        experts[expert].weights += 1
        experts[expert].weight += made.weight
    }

    /// Adds what another learner's forecasts of the same scored, with experts of the same names.
    mutating func add(_ other: HeadScore) {
        errors.add(other.errors)
        persistence.add(other.persistence)
        intervals += other.intervals
        held += other.held
        width += other.width
        for place in experts.indices {
            experts[place].errors.add(other.experts[place].errors)
            experts[place].forecast.add(other.experts[place].forecast)
            experts[place].weights += other.experts[place].weights
            experts[place].weight += other.experts[place].weight
        }
    }

    /// The share of the intervals that held the value; nil without an interval.
    var coverage: Double? { intervals > 0 ? Double(held) / Double(intervals) : nil }

    /// The mean width of the intervals; nil without one.
    var meanWidth: Double? { intervals > 0 ? width / Double(intervals) : nil }

    /// 1 − MAE / MAE of persistence; nil where persistence made no error.
    var skill: Double? { Self.skill(errors, against: persistence) }

    /// The expert that was best in hindsight among those that had a forecast nearly always, and the skill against it
    /// where it had one; nil without such an expert.
    var best: (expert: Int, skill: Double?)? {
        let candidates = experts.indices.filter {
            let count = experts[$0].errors.count
            return count > 0 && Double(count) >= Self.nearlyAlways * Double(errors.count)
        }
        let best = candidates.min { experts[$0].errors.mae ?? 0 < experts[$1].errors.mae ?? 0 }
        return best.map { ($0, Self.skill(experts[$0].forecast, against: experts[$0].errors)) }
    }

    /// The share of the scored forecasts that an expert must have made to be compared with.
    static let nearlyAlways = 0.9

    private static func skill(_ errors: Errors, against others: Errors) -> Double? {
        guard let mae = errors.mae, let other = others.mae, other > 0 else { return nil }
        return 1 - mae / other
    }
}
