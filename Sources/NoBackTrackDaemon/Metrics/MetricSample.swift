/// One series' value at one moment.
struct MetricSample: Sendable, Equatable {
    enum Value: Sendable, Equatable {
        case whole(UInt64)
        case number(Double)
        case histogram(DurationHistogram)
    }

    /// In the order of the family's labels.
    var labels: [String]
    var value: Value

    init(_ value: Value, _ labels: [String] = []) {
        self.labels = labels
        self.value = value
    }
}
