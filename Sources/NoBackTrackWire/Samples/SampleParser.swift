/// Reads samples from the bytes of one connection, however they are cut into pieces.
package struct SampleParser: Sendable {
    private let format: SampleFormat
    private var splitter: LineSplitter

    /// Creates a parser for a new connection.
    package init(format: SampleFormat, limits: ParserLimits = ParserLimits()) {
        self.format = format
        splitter = LineSplitter(maxLineBytes: limits.maxLineBytes)
    }

    /// The format the lines are read in; nil until it was found.
    package var detectedFormat: SampleFormat? { format == .auto ? nil : format }

    /// Adds to `batch` what the next bytes of the connection complete.
    package mutating func consume(_ bytes: Span<UInt8>, into batch: inout SampleBatch) {}

    /// Adds to `batch` what a last line without a newline held. Nothing may be consumed afterwards.
    package mutating func finish(into batch: inout SampleBatch) {}
}
