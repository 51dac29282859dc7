/// The columns of a CSV, and the reading of its rows.
struct CSVTable: Sendable {
    /// What a column holds.
    enum Column: String, Codable, Sendable {
        /// A channel's values.
        case channel
        /// The time, or the time of day when there is a ``date`` too.
        case time
        /// The date, or date and time.
        case date
        /// The stream's name.
        case stream
        /// Something that is not used: a second time.
        case ignored
    }

    /// What a row says besides its values.
    struct Row {
        var time: Double?
        /// The cell with the stream's name.
        var stream: CSVCell?
    }

    /// What is known of the columns.
    struct Form: Codable, Sendable, Equatable {
        /// What separates cells: a comma, a semicolon or a tab.
        var delimiter: UInt8
        /// The columns from left to right.
        var columns: [Column]
        /// The names of the channels; empty when there was no header.
        var channels: [String] = []
        /// The header as it was written; empty when there was none.
        var header: [UInt8] = []
    }

    /// What is known of its columns.
    let form: Form

    /// The layouts of the streams met, by the name's bytes; the empty name is none.
    private var places: [[UInt8]: Int] = [:]
    /// The name in the last row, and its place; nil before the first row.
    private var lastName: [UInt8] = []
    private var lastPlace: Int?

    /// Creates a table that has read nothing.
    init(_ form: Form) { self.form = form }

    /// Whether the line is the header again, as when files are joined or the producer starts anew.
    func isHeader(_ line: Span<UInt8>) -> Bool {
        guard line.count == form.header.count else { return false }
        for index in line.indices where line[index] != form.header[index] { return false }
        return true
    }

    /// Reads a row and appends its values.
    ///
    /// - Throws: ``LineError``; `values` may have grown then.
    func readRow(_ line: Span<UInt8>, into values: inout [Double]) throws(LineError) -> Row {
        var row = Row()
        var time: CSVCell?
        var date: CSVCell?
        var index = 0
        var place = 0
        while true {
            if place == form.columns.count { throw try wrongCount(line) }
            switch form.columns[place] {
            case .channel: values.append(try readValue(line, at: &index, column: place))
            case .time: time = try CSVCell(line, at: &index, delimiter: form.delimiter)
            case .date: date = try CSVCell(line, at: &index, delimiter: form.delimiter)
            case .stream: row.stream = try CSVCell(line, at: &index, delimiter: form.delimiter)
            case .ignored: _ = try CSVCell(line, at: &index, delimiter: form.delimiter)
            }
            place += 1
            if index == line.count { break }
            index += 1
        }
        if place < form.columns.count { throw try wrongCount(line) }
        row.time = try Self.seconds(date: date, time: time, in: line)
        return row
    }

    /// The place of the layout of a row's stream.
    ///
    /// - Throws: ``LineError`` when the stream's name cannot be one, or there is no room for it.
    mutating func layout(
        of row: Row, in line: Span<UInt8>, _ layouts: inout LayoutTable
    ) throws(LineError) -> Int {
        // Rows of one stream mostly follow each other.
        if let lastPlace, Self.equal(row.stream, lastName, in: line) { return lastPlace }
        lastPlace = nil
        lastName.removeAll(keepingCapacity: true)
        row.stream?.append(line, to: &lastName)
        if let place = places[lastName] {
            lastPlace = place
            return place
        }
        let stream = lastName.isEmpty ? nil : try row.stream?.text(in: line)
        let layout =
            form.channels.isEmpty
            ? SampleLayout(stream: stream, positions: form.columns.count { $0 == .channel })
            : SampleLayout(stream: stream, channels: form.channels)
        let known = layouts.layouts.count
        let place = try layouts.place(of: layout)
        // Only the first spelling of a stream: the others, composed and decomposed letters, are without end.
        if layouts.layouts.count > known { places[lastName] = place }
        lastPlace = place
        return place
    }

    private static func equal(_ cell: CSVCell?, _ name: [UInt8], in line: Span<UInt8>) -> Bool {
        guard let cell else { return name.isEmpty }
        guard !cell.hasDoubledQuotes && cell.range.count == name.count else { return false }
        for place in name.indices where line[cell.range.lowerBound + place] != name[place] { return false }
        return true
    }

    /// Reads a value; NaN is a missing one.
    private func readValue(_ line: Span<UInt8>, at index: inout Int, column: Int) throws(LineError) -> Double
    {
        let start = index
        CSVCell.skipSpace(line, at: &index, delimiter: form.delimiter)
        if let number = DecimalNumber.read(line, at: &index, .relaxed), number.isFinite {
            CSVCell.skipSpace(line, at: &index, delimiter: form.delimiter)
            if index == line.count || line[index] == form.delimiter { return number }
        }
        index = start
        let cell = try CSVCell(line, at: &index, delimiter: form.delimiter)
        switch CSVValue(line.extracting(cell.range)) {
        case .number(let number): return number
        case .missing, .empty: return .nan
        case .infinite:
            throw LineError(.notFinite, "an infinite value cannot be learned from").about(
                name(ofColumn: column))
        case .text:
            throw LineError(.badNumber, "not a number: \(String(excerptOf: cell.range, in: line))")
                .about(name(ofColumn: column))
        }
    }

    private func name(ofColumn column: Int) -> String {
        let place = form.columns[..<column].count { $0 == .channel }
        return form.channels.isEmpty ? "column \(column + 1)" : form.channels[place]
    }

    private func wrongCount(_ line: Span<UInt8>) throws(LineError) -> LineError {
        let count = try CSVCell.all(in: line, delimiter: form.delimiter).count
        return LineError(.wrongChannelCount, "the row has \(count) cells; expected \(form.columns.count)")
    }

    private static func seconds(
        date: CSVCell?, time: CSVCell?, in line: Span<UInt8>
    ) throws(LineError) -> Double? {
        let (date, time) = (date?.range ?? 0..<0, time?.range ?? 0..<0)
        let last = time.isEmpty ? date : time
        if last.isEmpty { return nil }
        if let seconds = TimeText.seconds(of: line.extracting(last)) { return seconds }
        if !time.isEmpty, !date.isEmpty,
            let seconds = TimeText.seconds(date: line.extracting(date), clock: line.extracting(time))
        {
            return seconds
        }
        throw LineError(
            .badTime, "neither epoch seconds nor RFC 3339: \(String(excerptOf: last, in: line))")
    }
}
