import NoBackTrackTestSupport

/// One figure that is promised: what was measured, and what has to be reached.
struct Figure {
    /// What has to be reached.
    enum Reach {
        case atMost(Double)
        case atLeast(Double)
    }

    /// What is compared.
    let name: String
    let reach: Reach
    /// The ratio, in the run's pairs.
    let measured: Quartiles
    /// What the numbers are of, such as `×` or `MB`.
    let unit: String
    /// The times or rates behind the ratio.
    let detail: String

    /// Whether the median reaches it.
    var holds: Bool {
        switch reach {
        case .atMost(let most): measured.median <= most
        case .atLeast(let least): measured.median >= least
        }
    }

    /// The figure as a row under ``heading``.
    var row: [String] {
        let wanted =
            switch reach {
            case .atMost(let most): "≤ \(Text.number(most)) \(unit)"
            case .atLeast(let least): "≥ \(Text.number(least)) \(unit)"
            }
        return [name, wanted, "\(Text.spread(measured)) \(unit)", holds ? "reached" : "missed", detail]
    }

    static let heading = ["what", "reach", "measured: median (middle half)", "", "of"]
}
