import NoBackTrackWire

/// Samples are the same however their bytes are cut, and what a learner is given is fit for it.
enum SampleLaws {
    /// Reads the input at once and in pieces.
    static func hold(for format: SampleFormat, _ input: [UInt8]) throws(BrokenLaw) {
        let pieces = Pieces(of: input)
        let tight = ParserLimits(maxLineBytes: 64, maxChannels: 3, maxLayouts: 4, maxLayoutBytes: 64)
        let limits = pieces.hasTightLimits ? tight : ParserLimits()
        let frame = format.isRaw ? SampleLayout(stream: "frames", positions: 3) : nil

        var parser = SampleParser(format: format, frame: frame, limits: limits)
        var whole = SampleBatch()
        parser.consume(pieces.whole.span, into: &whole)
        parser.finish(into: &whole)
        try check(whole, limits: limits)
        if format == .symbols {
            try BrokenLaw.unless(
                whole.records.map { whole.symbol(of: $0) } == pieces.whole, "every byte is its symbol")
        }

        var cut = SampleParser(format: format, frame: frame, limits: limits)
        var joined = SampleBatch()
        var batch = SampleBatch()
        pieces.forEach { piece in
            cut.consume(piece.span, into: &batch)
            move(&batch, to: &joined)
        }
        cut.finish(into: &batch)
        move(&batch, to: &joined)
        try compare(joined, whole)
        try BrokenLaw.unless(
            cut.detectedFormat == parser.detectedFormat && cut.lineNumber == parser.lineNumber,
            "pieces are read as \(cut.detectedFormat as Any), the whole as \(parser.detectedFormat as Any)")
    }

    /// Empties a batch between two pieces, as a connection does.
    private static func move(_ batch: inout SampleBatch, to joined: inout SampleBatch) {
        joined.layouts = batch.layouts
        for var record in batch.records {
            record.firstValue += joined.values.count
            joined.records.append(record)
        }
        joined.values += batch.values
        joined.rejections += batch.rejections
        batch.removeAll()
    }

    private static func compare(_ pieces: SampleBatch, _ whole: SampleBatch) throws(BrokenLaw) {
        // Without bytes there are no pieces, and so nobody was told of any layout.
        let layouts = whole.records.isEmpty ? pieces.layouts : whole.layouts
        try BrokenLaw.unless(pieces.layouts == layouts, "layouts \(pieces.layouts), whole \(whole.layouts)")
        try BrokenLaw.unless(pieces.records == whole.records, "records \(pieces.records), \(whole.records)")
        try BrokenLaw.unless(
            pieces.values.map(\.bitPattern) == whole.values.map(\.bitPattern),
            "values \(pieces.values), whole \(whole.values)")
        try BrokenLaw.unless(
            pieces.rejections == whole.rejections,
            "rejections \(pieces.rejections), whole \(whole.rejections)")
    }

    private static func check(_ batch: SampleBatch, limits: ParserLimits) throws(BrokenLaw) {
        try BrokenLaw.unless(batch.values.allSatisfy { !$0.isInfinite }, "no value is infinite")
        try BrokenLaw.unless(batch.layouts.count <= limits.maxLayouts, "\(batch.layouts.count) layouts")
        for layout in batch.layouts {
            try BrokenLaw.unless(
                (1...limits.maxChannels).contains(layout.channels.count), "\(layout.channels.count) channels")
        }
        var firstValue = 0
        for record in batch.records {
            try BrokenLaw.unless(batch.layouts.indices.contains(record.layout), "layout \(record.layout)")
            let range = batch.valueRange(of: record)
            try BrokenLaw.unless(range.lowerBound == firstValue, "values follow each other without gaps")
            firstValue = range.upperBound
            try BrokenLaw.unless(record.time?.isFinite ?? true, "time \(record.time as Any)")
        }
        try BrokenLaw.unless(firstValue == batch.values.count, "every value belongs to a sample")

        let samples = batch.records.map(\.line)
        let rejections = batch.rejections.map(\.line)
        try BrokenLaw.unless(isAscending(samples), "lines of samples ascend: \(samples)")
        try BrokenLaw.unless(isAscending(rejections), "lines of rejections ascend: \(rejections)")
        try BrokenLaw.unless(
            Set(samples).isDisjoint(with: rejections), "no line is both: \(samples), \(rejections)")
        for rejection in batch.rejections {
            var answer: [UInt8] = []
            rejection.appendErrorLine(to: &answer)
            try BrokenLaw.unless(
                answer.firstIndex(of: UInt8(ascii: "\n")) == answer.count - 1, "an answer is one line")
        }
    }

    private static func isAscending(_ lines: [UInt64]) -> Bool {
        zip(lines, lines.dropFirst()).allSatisfy { $0 < $1 }
    }
}
