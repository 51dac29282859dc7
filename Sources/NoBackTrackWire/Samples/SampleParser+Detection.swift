extension SampleParser {
    /// Finds the format of a line that is the first of its connection, or the first that could be used, and
    /// reads it.
    ///
    /// A line that may be the header of a CSV is kept until the next line bears it out, so that garbage before the
    /// first sample costs one line and not the connection.
    ///
    /// - Parameter first: The line's first byte that is not space.
    mutating func detect(_ line: Span<UInt8>, first: UInt8, into batch: inout SampleBatch) throws(LineError) {
        if let candidate {
            if !Self.isJSON(first), candidate.table.isHeader(line) { return }
            if !Self.isJSON(first), candidate.table.isBorneOut(by: line) {
                self.candidate = nil
                try lock(candidate.table, reading: line, into: &batch)
                return
            }
            rejectCandidate(into: &batch)
        }
        if Self.isJSON(first) {
            detectedFormat = .ndjson
            try read(line, .json, into: &batch)
        } else if InfluxLine.matches(line) {
            detectedFormat = .influx
            try read(line, .influx, into: &batch)
        } else {
            let firstLine = try CSVTable.read(firstLine: line)
            if firstLine.isRow {
                try lock(firstLine.table, reading: line, into: &batch)
            } else if firstLine.isCertain {
                table = firstLine.table
                detectedFormat = .csv
            } else {
                keepCandidate(firstLine.table)
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
