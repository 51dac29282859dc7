/// Makes the payload of a block, entry by entry.
///
/// One writer makes one block after the other, so that its room is asked for once.
package struct JournalBlockWriter: Sendable {
    /// The room for the block's header, then the payload.
    package private(set) var bytes: [UInt8] = []
    /// How many entries there are: samples and what else has a position.
    package private(set) var entryCount = 0
    /// The streams of the block with the position behind the newest entry of each; 0 before there is one.
    private(set) var ends: [(stream: String, position: UInt64)] = []
    private var sourceCount: UInt64 = 0

    /// A writer of an empty block.
    package init() {
        clear()
    }

    /// Begins another block.
    package mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        for _ in 0..<JournalFormat.blockHeaderBytes { bytes.append(0) }
        entryCount = 0
        ends.removeAll(keepingCapacity: true)
        sourceCount = 0
    }

    /// Names a stream.
    ///
    /// - Returns: its number in this block.
    package mutating func add(stream name: String) -> Int {
        bytes.append(1)
        append(name)
        ends.append((name, 0))
        return ends.count - 1
    }

    /// Names a source.
    ///
    /// - Returns: its number in this block.
    package mutating func add(source name: String) -> UInt64 {
        bytes.append(2)
        append(name)
        defer { sourceCount += 1 }
        return sourceCount
    }

    /// A stream begins; its first sample is to have this position.
    package mutating func begin(stream: Int, position: UInt64, isSymbols: Bool, channels: [String]) {
        append(.begin, stream, position)
        bytes.append(isSymbols ? 1 : 0)
        append(UInt64(channels.count))
        for channel in channels { append(channel) }
    }

    /// A sample of numbers.
    package mutating func sample(
        stream: Int, position: UInt64, time: Double?, sequence: UInt64?, source: UInt64?,
        values: Span<Double>
    ) {
        appendSample(stream, position, time, sequence, source, 0)
        append(UInt64(values.count))
        bytes.reserveCapacity(bytes.count + 8 * values.count)
        for place in values.indices { append(values[place]) }
        count(stream, position)
    }

    /// A symbol.
    package mutating func symbol(
        stream: Int, position: UInt64, sequence: UInt64?, source: UInt64?, symbol: UInt8
    ) {
        appendSample(stream, position, nil, sequence, source, 8)
        bytes.append(symbol)
        count(stream, position)
    }

    /// A stream's parameters stand still from here on, or move again.
    package mutating func learning(stream: Int, position: UInt64, isLearning: Bool) {
        append(.learning, stream, position)
        bytes.append(isLearning ? 1 : 0)
        count(stream, position)
    }

    /// A stream is forgotten.
    package mutating func reset(stream: Int, position: UInt64) {
        append(.reset, stream, position)
        count(stream, position)
    }

    /// Fills in the header for the place of a segment where the block is to lie.
    package mutating func seal(segment: UInt64, offset: Int) {
        let length = UInt64(bytes.count - JournalFormat.blockHeaderBytes)
        precondition(length <= UInt64(JournalFormat.maxPayloadBytes), "a block is what is learned in one go")
        let checksum = JournalFormat.checksum(
            segment: segment, offset: offset, lengthField: length,
            payload: bytes.span.extracting(JournalFormat.blockHeaderBytes...))
        for place in 0..<8 {
            bytes[place] = UInt8(truncatingIfNeeded: length >> UInt64(8 * place))
            bytes[8 + place] = UInt8(truncatingIfNeeded: checksum >> UInt64(8 * place))
        }
    }

    private mutating func count(_ stream: Int, _ position: UInt64) {
        entryCount += 1
        ends[stream].position = position + 1
    }

    private mutating func append(_ kind: JournalBlock.Kind, _ stream: Int, _ position: UInt64) {
        bytes.append(kind.rawValue)
        append(UInt64(stream))
        append(position)
    }

    private mutating func appendSample(
        _ stream: Int, _ position: UInt64, _ time: Double?, _ sequence: UInt64?, _ source: UInt64?,
        _ symbol: UInt8
    ) {
        append(.sample, stream, position)
        bytes.append(
            (time == nil ? 0 : 1) | (sequence == nil ? 0 : 2) | (source == nil ? 0 : 4) | symbol)
        if let time { append(time) }
        if let sequence { append(sequence) }
        if let source { append(source) }
    }

    private mutating func append(_ value: Double) {
        LittleEndian.append(value.bitPattern, to: &bytes)
    }

    private mutating func append(_ text: String) {
        append(UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    /// An unsigned LEB128 number.
    private mutating func append(_ number: UInt64) {
        var rest = number
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
