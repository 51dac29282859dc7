/// Reads samples from the bytes of one connection, however they are cut into pieces.
package struct SampleParser: Sendable {
    /// The format the lines are read in; nil until it was found.
    package internal(set) var detectedFormat: SampleFormat?

    private(set) var splitter: LineSplitter
    private let maxLineBytes: Int
    /// Raw frames, if the format is one of theirs.
    private(set) var frames: RawFrames?
    /// Lines begun so far; frames, or bytes, where those are samples.
    package internal(set) var lineNumber: UInt64 = 0
    private var layouts: LayoutTable
    private var templates: LineTemplates
    private var draft = LineDraft()
    /// Whether the format is not given, but to be found.
    let detectsFormat: Bool
    /// The columns, once the first line of a CSV was read.
    var table: CSVTable?
    /// The lines that wait for the format to be found.
    var undecided: UndecidedLines

    /// Creates a parser for a new connection.
    ///
    /// - Parameter frame: What the numbers of a raw frame are; not nil if the format is raw.
    package init(format: SampleFormat, frame: SampleLayout? = nil, limits: ParserLimits = ParserLimits()) {
        precondition(!format.isRaw || frame != nil, "raw frames do not say what their numbers are")
        frames = frame.flatMap { RawFrames(format, of: $0) }
        detectsFormat = format == .auto
        detectedFormat = detectsFormat ? nil : format
        maxLineBytes = limits.maxLineBytes
        splitter = LineSplitter(maxLineBytes: limits.maxLineBytes)
        undecided = UndecidedLines(maxBytes: limits.maxLineBytes)
        layouts = LayoutTable(limits: limits)
        // Of the usual lines one for every layout.
        templates = LineTemplates(maxSize: max(1 << 21, 4 * limits.maxLineBytes))
    }

    /// Adds to `batch` what the next bytes of the connection complete.
    ///
    /// Whatever the bytes are, a line either becomes one record, or one rejection, or is skipped: empty lines, and in
    /// CSV and line protocol comments that start with `#`. Where samples are symbols, every byte becomes a record, and of
    /// raw frames each becomes a record or a rejection.
    package mutating func consume(_ bytes: Span<UInt8>, into batch: inout SampleBatch) {
        if frames != nil {
            frames?.consume(bytes, number: &lineNumber, into: &batch)
            return
        }
        if detectedFormat == .symbols { return takeSymbols(bytes, into: &batch) }
        withSplitter { splitter, parser in
            splitter.consume(bytes) { line, isTooLong in
                parser.take(line, isTooLong: isTooLong, into: &batch)
            }
        }
        publishLayouts(to: &batch)
    }

    /// Adds to `batch` what a last line without a newline held, and rejects lines of text that no row followed, and a
    /// frame that is not whole. Nothing may be consumed afterwards.
    package mutating func finish(into batch: inout SampleBatch) {
        if frames != nil {
            frames?.finish(number: &lineNumber, into: &batch)
            return
        }
        // Every byte was complete by itself.
        if detectedFormat == .symbols { return }
        withSplitter { splitter, parser in
            splitter.finish { line, isTooLong in
                parser.take(line, isTooLong: isTooLong, into: &batch)
            }
        }
        undecided.rejectAll(into: &batch)
        publishLayouts(to: &batch)
    }

    /// Lends the splitter, without copying the line it holds, while its lines change the rest of the parser.
    private mutating func withSplitter(_ body: (inout LineSplitter, inout SampleParser) -> Void) {
        var borrowed = LineSplitter(maxLineBytes: maxLineBytes)
        swap(&borrowed, &splitter)
        body(&borrowed, &self)
        swap(&borrowed, &splitter)
    }

    private func publishLayouts(to batch: inout SampleBatch) {
        if batch.layouts.count != layouts.layouts.count { batch.layouts = layouts.layouts }
    }

    private mutating func take(_ line: Span<UInt8>, isTooLong: Bool, into batch: inout SampleBatch) {
        lineNumber += 1
        if isTooLong {
            reject(LineError(.lineTooLong, "the line is longer than \(maxLineBytes) bytes"), into: &batch)
            return
        }
        var start = 0
        var end = line.count
        if lineNumber == 1 && line.count >= 3 && line[0] == 0xEF && line[1] == 0xBB && line[2] == 0xBF {
            start = 3
        }
        if end > start && line[end - 1] == 0x0D { end -= 1 }
        let content = line.extracting(start..<end)
        guard let first = content.firstVisibleByte else { return }
        if first == UInt8(ascii: "#") && detectedFormat != .ndjson { return }

        let firstValue = batch.values.count
        do {
            switch detectedFormat {
            case .ndjson: try read(content, .json, into: &batch)
            case .influx: try read(content, .influx, into: &batch)
            case .csv: try readCSV(content, into: &batch)
            case .auto, .f32le, .f64le, .symbols, nil: try detect(content, first: first, into: &batch)
            }
        } catch {
            batch.values.removeSubrange(firstValue...)
            reject(error, into: &batch)
        }
    }

    /// Answers the current line, after the undecided lines before it.
    private mutating func reject(_ error: LineError, into batch: inout SampleBatch) {
        let rejection = Rejection(line: lineNumber, code: error.code, message: error.message)
        if undecided.isEmpty {
            batch.rejections.append(rejection)
        } else {
            undecided.append(rejection, header: nil, into: &batch)
        }
    }

    /// Reads a line of NDJSON or line protocol.
    mutating func read(_ line: Span<UInt8>, _ syntax: LineSyntax, into batch: inout SampleBatch)
        throws(LineError)
    {
        let firstValue = batch.values.count
        if let (layout, time, sequence) = templates.read(line, syntax, into: &batch.values) {
            batch.records.append(
                .init(
                    layout: layout, line: lineNumber, time: time, sequence: sequence, firstValue: firstValue))
            return
        }
        draft.clear()
        switch syntax {
        case .json: try NDJSONLine.read(line, into: &draft, values: &batch.values)
        case .influx: try InfluxLine.read(line, into: &draft, values: &batch.values)
        }
        let place: Int
        if let known = templates.layout(of: draft.template) {
            place = known
        } else {
            place = try layouts.place(
                of: draft.layout(of: line, syntax, count: batch.values.count - firstValue))
            templates.insert(draft.template, layout: place)
        }
        batch.records.append(
            .init(
                layout: place, line: lineNumber, time: draft.time, sequence: draft.sequence,
                firstValue: firstValue))
    }

    /// Reads a line of CSV, of which ``table`` knows the columns unless it is the first.
    mutating func readCSV(_ line: Span<UInt8>, into batch: inout SampleBatch) throws(LineError) {
        if table == nil {
            let first = try CSVTable.read(firstLine: line)
            table = first.table
            if first.isRow { try readCSV(line, into: &batch) }
            return
        }
        if table?.isHeader(line) == true { return }
        let firstValue = batch.values.count
        guard let row = try table?.readRow(line, into: &batch.values),
            let place = try table?.layout(of: row, in: line, &layouts)
        else { return }
        batch.records.append(
            .init(layout: place, line: lineNumber, time: row.time, sequence: nil, firstValue: firstValue))
    }

    /// Keeps a line that may be a header until a later one tells.
    mutating func keep(_ header: CSVTable, into batch: inout SampleBatch) {
        let text = String(excerptOf: 0..<header.form.header.count, in: header.form.header.span)
        let message = "not a sample in any known format, and no header that rows follow: \(text)"
        let rejection = Rejection(line: lineNumber, code: .badSyntax, message: message)
        undecided.append(rejection, header: header, into: &batch)
    }
}
