/// What a family of metrics is, from which both formats and the README's table are made.
struct MetricDeclaration: Sendable, Equatable {
    /// As OpenMetrics names the types.
    enum Kind: String, Sendable {
        case counter, gauge, histogram, info
    }

    /// Of base units alone, as the name's last part has them.
    enum Unit: String, Sendable, CaseIterable {
        case seconds, bytes, ratio
    }

    private static let prefix = "nobacktrackd_"

    /// The name in OpenMetrics: with the unit, without what the kind adds.
    let name: String
    let kind: Kind
    /// The names of the labels of every sample.
    let labels: [String]
    /// One sentence.
    let help: String

    /// - Parameter name: without the program's part; a unit is its last part.
    init(_ name: String, _ kind: Kind, labels: [String] = [], _ help: String) {
        self.name = Self.prefix + name
        self.kind = kind
        self.labels = labels
        self.help = help
    }

    /// Nil: it is a plain number.
    var unit: Unit? { Unit.allCases.first { name.hasSuffix("_\($0.rawValue)") } }

    /// The name of its samples; a histogram's have further endings.
    var sampleName: String {
        switch kind {
        case .counter: name + "_total"
        case .info: name + "_info"
        case .gauge, .histogram: name
        }
    }
}
