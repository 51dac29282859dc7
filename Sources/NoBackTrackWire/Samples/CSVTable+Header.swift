extension CSVTable {
    /// What the first line of a CSV tells.
    struct FirstLine {
        /// The columns.
        var table: CSVTable
        /// Whether the line holds values already, not names.
        var isRow: Bool
        /// Whether it cannot be anything but a header: it names a time or a stream.
        var isCertain: Bool
    }

    /// Finds the columns from the first line.
    ///
    /// - Throws: ``LineError`` when it is neither a header nor a row of numbers.
    static func read(firstLine line: Span<UInt8>) throws(LineError) -> FirstLine {
        let delimiter = delimiter(of: line)
        let cells = try CSVCell.all(in: line, delimiter: delimiter)
        let values = cells.map { CSVValue(line.extracting($0.range)) }
        let firstIsTime = values[0] == .text && TimeText.seconds(of: line.extracting(cells[0].range)) != nil
        let isNumber = values.map { value in
            if case .number = value { true } else { value == .infinite }
        }

        if values.dropFirst(firstIsTime ? 1 : 0).allSatisfy({ $0 != .text }),
            isNumber.contains(true) || cells.contains(where: { FloatWord(line.extracting($0.range)) != nil })
        {
            let columns = cells.indices.map { $0 == 0 && firstIsTime ? Column.time : .channel }
            let table = CSVTable(Form(delimiter: delimiter, columns: columns))
            return FirstLine(table: table, isRow: true, isCertain: false)
        }

        var names: [String] = []
        for cell in cells { names.append(try cell.text(in: line)) }
        let columns = columns(named: names)
        let isCertain = columns.contains { $0 != .channel }
        if isNumber.contains(true) && !isCertain || names.allSatisfy(\.isEmpty) {
            throw LineError(
                .badSyntax, "neither a sample nor a header: \(String(excerptOf: 0..<line.count, in: line))")
        }
        var channels: [String] = []
        var distinct: Set<String> = []
        for (place, name) in names.enumerated() where columns[place] == .channel {
            if name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
                throw LineError(.badSyntax, "a column's name has a control character in it")
            }
            // A table's index is often written with an empty name.
            let channel = name.isEmpty ? "c\(place)" : name
            if !distinct.insert(channel).inserted {
                throw LineError(.badSyntax, "two columns are named \(channel)")
            }
            channels.append(channel)
        }
        if channels.isEmpty { throw LineError(.badSyntax, "the header names no channel") }
        let table = CSVTable(
            Form(delimiter: delimiter, columns: columns, channels: channels, header: Array(copying: line)))
        return FirstLine(table: table, isRow: false, isCertain: isCertain)
    }

    /// Whether a line after a header that is not certain bears it out: as many cells, with numbers among them or,
    /// when there are several, with nothing that could not be a value.
    func isBorneOut(by line: Span<UInt8>) -> Bool {
        guard let cells = try? CSVCell.all(in: line, delimiter: form.delimiter),
            cells.count == form.columns.count
        else {
            return false
        }
        let values = cells.map { CSVValue(line.extracting($0.range)) }
        let hasNumber = values.contains { value in
            if case .number = value { true } else { value == .infinite }
        }
        return hasNumber || form.columns.count > 1 && !values.contains(.text)
    }

    /// The delimiter that a line has most of, outside of quotes; a comma when it has none.
    private static func delimiter(of line: Span<UInt8>) -> UInt8 {
        var counts = (comma: 0, semicolon: 0, tab: 0)
        var isQuoted = false
        for index in line.indices {
            switch line[index] {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: ",") where !isQuoted: counts.comma += 1
            case UInt8(ascii: ";") where !isQuoted: counts.semicolon += 1
            case 0x09 where !isQuoted: counts.tab += 1
            default: break
            }
        }
        if counts.semicolon > max(counts.comma, counts.tab) { return UInt8(ascii: ";") }
        return counts.tab > counts.comma ? 0x09 : UInt8(ascii: ",")
    }

    /// What columns of these names hold.
    private static func columns(named names: [String]) -> [Column] {
        var columns: [Column] = []
        var seen: (time: Bool, date: Bool, stream: Bool) = (false, false, false)
        for name in names {
            switch name.lowercased() {
            case "time", "timestamp":
                columns.append(seen.time ? .ignored : .time)
                seen.time = true
            case "date":
                columns.append(seen.date ? .ignored : .date)
                seen.date = true
            case "stream":
                columns.append(seen.stream ? .channel : .stream)
                seen.stream = true
            default: columns.append(.channel)
            }
        }
        return columns
    }
}
