/// A forecast; NaN stands for what there is not.
struct Forecast: Sendable, Equatable {
    var mean: Double
    var lower: Double
    var upper: Double
}

/// What an expert said, and what it counted for; NaN stands for what there is not.
struct ExpertForecast: Sendable, Equatable {
    var mean: Double
    var weight: Double
}

/// The newest samples' targets and the forecasts made from them: a ring, sample t in slot t mod (K + 1) for the
/// longest horizon K.
struct PendingForecasts: Sendable {
    private let slots: Int
    private let heads: Int
    private let targets: Int
    private let expertCount: Int
    /// Per slot and target; NaN where it was missing.
    private var values: [Double]
    /// Per slot and head, at ``index(_:head:)``.
    var forecasts: [Forecast]
    /// Per slot, head and expert, at ``index(_:head:expert:)``.
    var experts: [ExpertForecast]

    /// A ring of no samples.
    init(longestHorizon: Int, heads: Int, targets: Int, experts: Int) {
        slots = longestHorizon + 1
        self.heads = heads
        self.targets = targets
        expertCount = experts
        values = Array(repeating: .nan, count: slots * targets)
        forecasts = Array(repeating: Forecast(mean: .nan, lower: .nan, upper: .nan), count: slots * heads)
        self.experts = Array(
            repeating: ExpertForecast(mean: .nan, weight: .nan), count: slots * heads * experts)
    }

    /// Where the forecast from a sample is.
    func index(_ sample: Int, head: Int) -> Int { sample % slots * heads + head }

    /// Where an expert's forecast from a sample is.
    func index(_ sample: Int, head: Int, expert: Int) -> Int {
        index(sample, head: head) * expertCount + expert
    }

    /// A target's value in a sample before the given one; nil where it was missing, or before the first sample.
    func value(_ sample: Int, target: Int, from now: Int) -> Double? {
        guard sample >= 0, sample < now else { return nil }
        let value = values[sample % slots * targets + target]
        return value.isFinite ? value : nil
    }

    /// Keeps a target's value in a sample.
    mutating func set(_ value: Double, _ sample: Int, target: Int) {
        values[sample % slots * targets + target] = value
    }
}
