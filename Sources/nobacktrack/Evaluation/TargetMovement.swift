/// How a target moves over the scored samples: what errors and widths are measured by.
struct TargetMovement: Sendable, Equatable {
    private var count = 0.0
    private var mean = 0.0
    /// Sum of the squared distances from the mean, by Welford's recurrence.
    private var squares = 0.0
    private var changes = HeadScore.Errors()

    /// Takes the target's next value.
    ///
    /// - Parameter before: Its value in the sample before; nil where that was missing.
    mutating func record(_ value: Double, before: Double?) {
        count += 1
        let distance = value - mean
        mean += distance / count
        squares += distance * (value - mean)
        if let before { changes.record(value - before) }
    }

    /// The mean of |y(t) − y(t − 1)|, of which MASE is a multiple: over all t that are scored and where both were
    /// observed; nil where there is no such t.
    var meanChange: Double? { changes.mae }

    /// The standard deviation of all scored values about their mean; nil where there is none.
    var standardDeviation: Double? { count > 0 ? (squares / count).squareRoot() : nil }
}
