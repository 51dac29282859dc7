import FoundationEssentials

extension SampleParser {
    /// What a parser has to know to go on with the bytes of a connection that another one has begun to read.
    package struct Continuation: Codable, Sendable, Equatable {
        /// The format that was found; nil: none yet.
        var format: String?
        /// The columns of a CSV.
        var table: CSVTable.Form?
        /// The channels of a raw frame.
        var frame: [String]?
        var lineNumber: UInt64
        /// What was read of a line, or of a frame, that is not whole.
        var pending: Data
    }

    /// What another parser needs to go on; nil while lines wait for the format to be found, and within a line that is too
    /// long.
    package var continuation: Continuation? {
        guard undecided.isEmpty, let pending = frames?.pending ?? splitter.continuation else { return nil }
        return Continuation(
            format: detectedFormat?.rawValue,
            table: table?.form,
            frame: frames?.layout.channels, lineNumber: lineNumber, pending: Data(pending))
    }

    /// Creates a parser that goes on where another one has ended; nil when its bytes are to be read in another way now.
    package init?(
        continuing other: Continuation, format: SampleFormat, frame: SampleLayout?, limits: ParserLimits
    ) {
        self.init(format: format, frame: frame, limits: limits)
        let found = other.format.flatMap(SampleFormat.init)
        guard other.format == nil || found != nil, format == .auto || found == format,
            other.frame == frames?.layout.channels, found == .csv || other.table == nil
        else { return nil }
        detectedFormat = found
        table = other.table.map(CSVTable.init)
        lineNumber = other.lineNumber
        // Less than a line or a frame: nothing comes of it yet.
        var batch = SampleBatch()
        if detectedFormat != .symbols { consume(Array(other.pending).span, into: &batch) }
        guard batch.isEmpty else { return nil }
    }
}
