/// The lines of a connection that are not understood before its format is found: one of them may be the header of a
/// CSV, and the others are to be rejected, in the order they came.
struct UndecidedLines: Sendable {
    private struct Line: Sendable {
        /// The answer, should it not be the header.
        var rejection: Rejection
        /// The columns, if it may be the header.
        var header: CSVTable?
    }

    /// How many lines may wait: more than a device prints when it starts would be answered late.
    private static let maxLines = 8

    /// Empty, or the first of them may be the header.
    private var lines: [Line] = []
    private var headerBytes = 0
    private let maxBytes: Int

    /// - Parameter maxBytes: How many bytes of possible headers are kept; one longer than that is kept alone.
    init(maxBytes: Int) {
        self.maxBytes = maxBytes
    }

    /// Whether no line waits.
    var isEmpty: Bool { lines.isEmpty }

    /// Adds a line. The oldest are rejected when too many wait.
    mutating func append(_ rejection: Rejection, header: CSVTable?, into batch: inout SampleBatch) {
        lines.append(Line(rejection: rejection, header: header))
        headerBytes += header?.form.header.count ?? 0
        while lines.count > Self.maxLines || headerBytes > maxBytes && lines.count > 1 {
            rejectFirst(into: &batch)
        }
        // What cannot be the header need not wait when nothing before it does.
        while let first = lines.first, first.header == nil { rejectFirst(into: &batch) }
    }

    /// Removes all lines if one of them is the header of a row, the first such, and rejects the others.
    ///
    /// - Returns: The header; its repetitions are not rejected.
    mutating func takeHeader(borneOutBy row: Span<UInt8>, into batch: inout SampleBatch) -> CSVTable? {
        var header: CSVTable?
        for line in lines {
            guard let table = line.header, table.isBorneOut(by: row) else { continue }
            header = table
            break
        }
        guard let header else { return nil }
        lines.removeAll { $0.header?.form == header.form }
        rejectAll(into: &batch)
        return header
    }

    /// Removes and rejects all lines.
    mutating func rejectAll(into batch: inout SampleBatch) {
        batch.rejections += lines.map(\.rejection)
        lines = []
        headerBytes = 0
    }

    private mutating func rejectFirst(into batch: inout SampleBatch) {
        let line = lines.removeFirst()
        headerBytes -= line.header?.form.header.count ?? 0
        batch.rejections.append(line.rejection)
    }
}
