import NoBackTrackWire

/// What a text becomes when it is read as the bytes of one connection; for comparing in tests.
struct ParsedText: Equatable {
    /// A sample with its names, NaN as nil.
    struct Sample: Equatable, CustomStringConvertible {
        var line: UInt64
        var stream: String?
        var channels: [String]
        var isPositional = false
        var values: [Double?]
        var time: Double?
        var sequence: UInt64?
        var source: String?

        var description: String {
            "\(line) \(stream ?? "-") \(channels) \(isPositional) \(values) \(time as Any) \(sequence as Any) \(source ?? "-")"
        }
    }

    var samples: [Sample] = []
    var rejections: [Rejection] = []
    var format: SampleFormat?

    /// The codes of the rejections with their lines.
    var codes: [String] { rejections.map { "\($0.line) \($0.code.rawValue)" } }

    /// Reads a text at once.
    init(_ text: String, _ format: SampleFormat = .auto, limits: ParserLimits = ParserLimits()) {
        self.init(Array(text.utf8), format, limits: limits, cuts: [])
    }

    /// Reads bytes in the pieces between `cuts`; raw frames are of two numbers, unless `frame` says.
    init(
        _ bytes: [UInt8], _ format: SampleFormat,
        frame: SampleLayout = SampleLayout(stream: nil, positions: 2),
        limits: ParserLimits = ParserLimits(), cuts: [Int]
    ) {
        var parser = SampleParser(format: format, frame: frame, limits: limits)
        var batch = SampleBatch()
        for (start, end) in zip([0] + cuts, cuts + [bytes.count]) {
            parser.consume(Array(bytes[start..<end]).span, into: &batch)
            add(batch)
            batch.removeAll()
        }
        parser.finish(into: &batch)
        add(batch)
        self.format = parser.detectedFormat
    }

    private mutating func add(_ batch: SampleBatch) {
        var firstValue = 0
        for record in batch.records {
            let range = batch.valueRange(of: record)
            precondition(range.lowerBound == firstValue, "values follow each other without gaps")
            firstValue = range.upperBound
            let layout = batch.layouts[record.layout]
            samples.append(
                Sample(
                    line: record.line, stream: layout.stream, channels: layout.channels,
                    isPositional: layout.isPositional,
                    values: batch.values[range].map { $0.isNaN ? nil : $0 }, time: record.time,
                    sequence: record.sequence, source: layout.source))
        }
        precondition(firstValue == batch.values.count, "no value is without a sample")
        rejections += batch.rejections
    }
}
