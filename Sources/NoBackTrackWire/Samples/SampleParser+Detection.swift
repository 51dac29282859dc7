extension SampleParser {
    /// Finds the format of a line that is the first of its connection, or the first that could be used, and
    /// reads it.
    ///
    /// Lines of text wait until a row bears one of them out as the header, or until a line shows that none is, so
    /// that garbage before or after the header costs one line and not the connection.
    ///
    /// - Parameter first: The line's first byte that is not space.
    mutating func detect(_ line: Span<UInt8>, first: UInt8, into batch: inout SampleBatch) throws(LineError) {
        if Self.isJSON(first) {
            undecided.rejectAll(into: &batch)
            detectedFormat = .ndjson
            try read(line, .json, into: &batch)
        } else if let header = undecided.takeHeader(borneOutBy: line, into: &batch) {
            try lock(header, reading: line, into: &batch)
        } else if InfluxLine.matches(line) {
            undecided.rejectAll(into: &batch)
            detectedFormat = .influx
            try read(line, .influx, into: &batch)
        } else {
            let firstLine = try CSVTable.read(firstLine: line)
            if firstLine.isRow {
                undecided.rejectAll(into: &batch)
                try lock(firstLine.table, reading: line, into: &batch)
            } else if firstLine.isCertain {
                undecided.rejectAll(into: &batch)
                table = firstLine.table
                detectedFormat = .csv
            } else {
                keep(firstLine.table, into: &batch)
            }
        }
    }

    private mutating func lock(
        _ table: CSVTable, reading line: Span<UInt8>, into batch: inout SampleBatch
    ) throws(LineError) {
        self.table = table
        detectedFormat = .csv
        try readCSV(line, into: &batch)
    }

    private static func isJSON(_ first: UInt8) -> Bool {
        first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    }
}
