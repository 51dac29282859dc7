/// One cell of a line of CSV (RFC 4180), where it is.
struct CSVCell {
    /// Where the text is: without quotes around it, and without spaces around those.
    var range: Range<Int>
    /// Whether it has doubled quotes within that stand for one.
    var hasDoubledQuotes = false

    /// Reads the cell at `index`, and moves `index` to the delimiter behind it or to the end of the line.
    ///
    /// - Throws: ``LineError`` when quotes are not as RFC 4180 has them. A quoted cell cannot go on in the next
    ///   line: one stray quote would take all lines after it along.
    init(_ line: Span<UInt8>, at index: inout Int, delimiter: UInt8) throws(LineError) {
        Self.skipSpace(line, at: &index, delimiter: delimiter)
        if index < line.count && line[index] == UInt8(ascii: "\"") {
            index += 1
            let start = index
            while true {
                guard let quote = line.firstIndex(of: UInt8(ascii: "\""), from: index) else {
                    throw LineError(.badSyntax, "a quoted cell has no closing quote")
                }
                index = quote + 1
                if index == line.count || line[index] != UInt8(ascii: "\"") { break }
                hasDoubledQuotes = true
                index += 1
            }
            range = start..<index - 1
            Self.skipSpace(line, at: &index, delimiter: delimiter)
            if index < line.count && line[index] != delimiter {
                throw LineError(.badSyntax, "there is more after a quoted cell: it should end at the quote")
            }
        } else {
            let start = index
            while index < line.count && line[index] != delimiter { index += 1 }
            var end = index
            while end > start && (line[end - 1] == UInt8(ascii: " ") || line[end - 1] == 0x09) { end -= 1 }
            range = start..<end
        }
    }

    /// All cells of a line.
    ///
    /// - Throws: ``LineError`` as ``init(_:at:delimiter:)``.
    static func all(in line: Span<UInt8>, delimiter: UInt8) throws(LineError) -> [CSVCell] {
        var cells: [CSVCell] = []
        var index = 0
        while true {
            cells.append(try CSVCell(line, at: &index, delimiter: delimiter))
            if index == line.count { return cells }
            index += 1
        }
    }

    /// The cell's text.
    ///
    /// - Throws: ``LineError`` when it is not UTF-8.
    func text(in line: Span<UInt8>) throws(LineError) -> String {
        guard let text = String(validating: bytes(in: line).span) else {
            throw LineError(.badSyntax, "a cell is not UTF-8")
        }
        return text
    }

    /// The cell's bytes.
    func bytes(in line: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        append(line, to: &bytes)
        return bytes
    }

    /// Appends the cell's bytes.
    func append(_ line: Span<UInt8>, to bytes: inout [UInt8]) {
        if !hasDoubledQuotes { return bytes.append(copying: line.extracting(range)) }
        var isSecondQuote = false
        for place in range {
            isSecondQuote = line[place] == UInt8(ascii: "\"") && !isSecondQuote
            if !isSecondQuote { bytes.append(line[place]) }
        }
    }

    /// Moves `index` over spaces, and over tabs when they do not delimit.
    static func skipSpace(_ line: Span<UInt8>, at index: inout Int, delimiter: UInt8) {
        while index < line.count && line[index] != delimiter
            && (line[index] == UInt8(ascii: " ") || line[index] == 0x09)
        {
            index += 1
        }
    }
}
