import NoBackTrackWire

/// Writes families of metrics as text.
struct ExpositionWriter {
    private let format: MetricsFormat
    private var text = ""

    /// A writer that has written nothing.
    init(_ format: MetricsFormat) { self.format = format }

    /// Writes a family; nothing when it has no samples.
    ///
    /// - Parameter samples: each with a value for every label, no two with the same ones.
    mutating func write(_ family: MetricDeclaration, _ samples: [MetricSample]) {
        if samples.isEmpty { return }
        declare(family)
        for sample in samples {
            let labels = zip(family.labels, sample.labels).map { Self.label($0, $1) }
            switch sample.value {
            case .whole(let number): line(family.sampleName, labels, "\(number)")
            case .number(let number): line(family.sampleName, labels, Self.text(number))
            case .histogram(let histogram):
                let buckets = DurationHistogram.bounds.map(Self.bound) + ["+Inf"]
                for (bound, count) in zip(buckets, histogram.cumulative + [histogram.count]) {
                    line(family.sampleName + "_bucket", labels + [Self.label("le", bound)], "\(count)")
                }
                line(family.sampleName + "_count", labels, "\(histogram.count)")
                line(family.sampleName + "_sum", labels, Self.text(histogram.seconds))
            }
        }
    }

    /// The text of all that was written.
    func finish() -> String {
        switch format {
        case .openMetrics: text + "# EOF\n"
        case .prometheus: text
        }
    }

    private mutating func declare(_ family: MetricDeclaration) {
        switch format {
        case .openMetrics:
            text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
            if let unit = family.unit { text += "# UNIT \(family.name) \(unit.rawValue)\n" }
            text += "# HELP \(family.name) \(Self.escape(family.help, quote: true))\n"
        case .prometheus:
            // Without a type of its own, `info` is a gauge that is 1.
            let kind = family.kind == .info ? .gauge : family.kind
            text += "# HELP \(family.sampleName) \(Self.escape(family.help, quote: false))\n"
            text += "# TYPE \(family.sampleName) \(kind.rawValue)\n"
        }
    }

    private mutating func line(_ name: String, _ labels: [String], _ value: String) {
        text += labels.isEmpty ? name : "\(name){\(labels.joined(separator: ","))}"
        text += " \(value)\n"
    }

    private static func label(_ name: String, _ value: String) -> String {
        "\(name)=\"\(escape(value, quote: true))\""
    }

    /// Scalar by scalar: to Swift a carriage return and a newline are one character.
    private static func escape(_ text: String, quote: Bool) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped.append(contentsOf: "\\\\".unicodeScalars)
            case "\n": escaped.append(contentsOf: "\\n".unicodeScalars)
            case "\"" where quote: escaped.append(contentsOf: "\\\"".unicodeScalars)
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }

    /// The shortest decimal that reads back as the number.
    private static func text(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
        if number.magnitude < 9_007_199_254_740_992, number == number.rounded(.towardZero), number != 0 {
            return "\(Int64(number))"
        }
        return number == 0 ? "0" : number.description
    }

    /// OpenMetrics wants bounds to be written as this: with a fraction or an exponent.
    private static func bound(_ seconds: Double) -> String { seconds.description }
}
