import NoBackTrack

/// What evaluation asks of a learner: to take a sample, and then to say what comes. Heads are numbered as
/// `StreamLearner.headCount` tells.
protocol PrequentialLearner: Sendable {
    /// Takes the next sample: a number for every channel, NaN where one is missing.
    mutating func step(_ sample: Span<Double>)

    /// The forecast from the newest sample; nil: none.
    func mean(head: Int) -> Double?

    /// Bounds of the value with the given probability; nil: none yet.
    func interval(head: Int, level: Double) -> (lower: Double, upper: Double)?

    /// The experts behind the forecast; empty when there are none.
    var expertNames: [String] { get }

    /// An expert's own forecast from the newest sample; nil: none.
    func mean(head: Int, expert: Int) -> Double?

    /// The expert's weight in the forecast, 0…1; nil: none.
    func weight(head: Int, expert: Int) -> Double?
}

extension StreamLearner: PrequentialLearner {}
