/// Rows of text as a Markdown table whose columns line up, so that what is printed can stand in the README.
struct Table {
    private var rows: [[String]]

    /// A table of no rows yet under a heading.
    init(_ heading: [String]) {
        rows = [heading]
    }

    /// Adds a row; one text a column.
    mutating func append(_ row: [String]) {
        precondition(row.count == rows[0].count, "a row has a text for each column")
        rows.append(row)
    }

    /// The lines of the table.
    var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var lines = rows.map { row in
            "| "
                + row.indices.map { row[$0] + String(repeating: " ", count: widths[$0] - row[$0].count) }
                .joined(separator: " | ") + " |"
        }
        lines.insert(
            "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|", at: 1)
        return lines.joined(separator: "\n")
    }
}
