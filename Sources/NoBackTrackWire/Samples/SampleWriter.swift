/// Writes samples, whatever format they were read from, as lines of NDJSON that carry their number and who numbers them.
///
/// What is read from a line is the sample, bit for bit: numbers are the shortest that read back as they are. Values
/// without names are named by their places, c0, c1, …, for an array has no room for a number; a stream's arrays have one
/// length, so a sample of another one is refused here.
package struct SampleWriter: Sendable {
    /// How many samples were written; the newest has that number.
    package private(set) var count: UInt64 = 0

    private let source: String
    private let stream: String?
    private let names: [String]?
    private var shapes: [Result<Shape, LineError>] = []
    /// How many values a sample without names has, as the first one had.
    private var places: Int?

    /// The text around the numbers of a layout's samples.
    private struct Shape {
        /// Up to the sample's number.
        var head: [UInt8]
        /// What stands before each value.
        var keys: [[UInt8]]
    }

    /// Creates a writer that has written nothing.
    ///
    /// - Parameters:
    ///   - source: Who numbers the samples; its name is checked where it is read.
    ///   - stream: The stream of samples that name none; nil: they name none.
    ///   - names: The names of values without; nil: their places.
    package init(source: String, stream: String? = nil, names: [String]? = nil) {
        self.source = source
        self.stream = stream
        self.names = names
    }

    /// Begins with the batches of another parser, whose layouts are others.
    package mutating func beginInput() { shapes = [] }

    /// Appends a batch's samples.
    ///
    /// - Returns: The batch's own rejections and those of samples that cannot be written, in the order of their lines.
    package mutating func write(_ batch: SampleBatch, to lines: inout SampleLines) -> [Rejection] {
        var rejections = batch.rejections
        while shapes.count < batch.layouts.count { shapes.append(shape(of: batch.layouts[shapes.count])) }
        for record in batch.records {
            switch shapes[record.layout] {
            case .success(let shape):
                count += 1
                let (number, values) = (count, batch.values[batch.valueRange(of: record)])
                lines.append { bytes in
                    bytes.append(contentsOf: shape.head)
                    bytes.append(decimal: number)
                    if let time = record.time {
                        bytes.append(text: ",\"time\":")
                        bytes.append(jsonNumber: time)
                    }
                    for (key, value) in zip(shape.keys, values) {
                        bytes.append(contentsOf: key)
                        bytes.append(jsonNumber: value)
                    }
                    bytes.append(UInt8(ascii: "}"))
                }
            case .failure(let error):
                rejections.append(Rejection(line: record.line, code: error.code, message: error.message))
            }
        }
        return rejections.sorted { $0.line < $1.line }
    }

    private mutating func shape(of layout: SampleLayout) -> Result<Shape, LineError> {
        if layout.kind == .symbols {
            return .failure(LineError(.badSymbol, "a symbol has no number by which it would be known again"))
        }
        var channels = layout.channels
        if layout.isPositional {
            let expected = names?.count ?? places ?? channels.count
            guard channels.count == expected else {
                return .failure(
                    LineError(.wrongChannelCount, "\(channels.count) values; expected \(expected)"))
            }
            places = expected
            channels = names ?? channels
        }
        if let name = channels.first(where: { ["stream", "source", "time", "seq"].contains($0) }) {
            return .failure(
                LineError(
                    .badSyntax,
                    "a channel cannot be called \(name) here: that is what NDJSON calls another thing"))
        }
        var head: [UInt8] = []
        head.append(UInt8(ascii: "{"))
        if let stream = layout.stream ?? stream {
            head.append(text: "\"stream\":")
            head.append(jsonString: stream)
            head.append(UInt8(ascii: ","))
        }
        head.append(text: "\"source\":")
        head.append(jsonString: source)
        head.append(text: ",\"seq\":")
        let keys = channels.map { channel in
            var key: [UInt8] = []
            key.append(UInt8(ascii: ","))
            key.append(jsonString: channel)
            key.append(UInt8(ascii: ":"))
            return key
        }
        return .success(Shape(head: head, keys: keys))
    }
}
