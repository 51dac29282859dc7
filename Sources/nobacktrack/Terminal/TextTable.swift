/// Rows of text in aligned columns.
struct TextTable {
    /// How a column is filled up.
    enum Alignment {
        case left
        case right
    }

    private let alignments: [Alignment]
    private var rows: [[String]]

    /// A table of no rows yet under a heading.
    init(_ columns: [(heading: String, alignment: Alignment)]) {
        alignments = columns.map(\.alignment)
        rows = [columns.map(\.heading)]
    }

    /// Adds a row; one text a column.
    mutating func append(_ row: [String]) {
        precondition(row.count == alignments.count, "a row has a text for each column")
        rows.append(row)
    }

    /// The lines of the table, two blanks between columns, no blanks at the ends of lines.
    var text: String {
        let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.indices.map { row[$0].padded(to: widths[$0], alignments[$0]) }
            var line = Substring(cells.joined(separator: "  "))
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}

extension String {
    /// The text filled up with blanks to so many columns, one a character; longer text stays as it is.
    func padded(to columns: Int, _ alignment: TextTable.Alignment = .left) -> String {
        let blanks = String(repeating: " ", count: max(0, columns - count))
        return alignment == .left ? self + blanks : blanks + self
    }
}
