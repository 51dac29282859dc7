import NoBackTrackCheckpoint

/// Any bytes are a segment or are refused, and a block that was read can be followed without leaving its arrays.
enum JournalLaws {
    /// Reads the input as a segment, and as the payload of a segment's only block.
    static func hold(for input: [UInt8]) throws(BrokenLaw) {
        try holdForSegment(input)
        let payload = JournalBlock(decoding: input.span)
        if let payload { try check(payload) }
        guard !input.isEmpty else { return }

        var segment = JournalFormat.header(of: 1)
        let length = UInt64(input.count)
        let checksum = JournalFormat.checksum(
            segment: 1, offset: segment.count, lengthField: length, payload: input.span)
        withUnsafeBytes(of: length.littleEndian) { segment += $0 }
        withUnsafeBytes(of: checksum.littleEndian) { segment += $0 }
        segment += input
        guard var reader = try? JournalSegmentReader(segment, segment: 1) else {
            throw BrokenLaw(description: "a segment's own head is read")
        }
        let block = reader.next()
        try BrokenLaw.unless(
            block.map(bits) == payload.map(bits), "a block in a segment is what its payload is")
        let end: JournalSegmentReader.End =
            payload == nil ? .torn(offset: JournalFormat.headerBytes) : .complete
        try BrokenLaw.unless(reader.next() == nil && reader.end == end, "the segment's end is \(reader.end)")
    }

    private static func holdForSegment(_ bytes: [UInt8]) throws(BrokenLaw) {
        // The number that its name would have.
        let number = bytes.dropFirst(16).prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard var reader = try? JournalSegmentReader(bytes, segment: number) else { return }
        var blockCount = 0
        while let block = reader.next() {
            try check(block)
            blockCount += 1
            try BrokenLaw.unless(
                blockCount * JournalFormat.blockHeaderBytes < bytes.count, "blocks come to an end")
        }
        switch reader.end {
        case .complete: break
        case .torn(let offset), .damaged(let offset):
            try BrokenLaw.unless((0...bytes.count).contains(offset), "damage at \(offset)")
        }
    }

    private static func check(_ block: JournalBlock) throws(BrokenLaw) {
        for entry in block.entries {
            try BrokenLaw.unless(block.streams.indices.contains(entry.stream), "stream \(entry.stream)")
            try BrokenLaw.unless(
                entry.source.map(block.sources.indices.contains) ?? true, "source \(entry.source as Any)")
            // The next entry has a position.
            try BrokenLaw.unless(entry.position < JournalFormat.positionEnd, "position \(entry.position)")
            try BrokenLaw.unless(entry.time?.isFinite ?? true, "time \(entry.time as Any)")
            let count = entry.kind == .begin ? block.channels.count : block.values.count
            try BrokenLaw.unless(
                entry.first >= 0 && entry.count >= 0 && entry.first + entry.count <= count,
                "\(entry) is outside its array of \(count)")
            if entry.kind == .sample && entry.flag {
                try BrokenLaw.unless(
                    entry.count == 1 && UInt8(exactly: block.values[entry.first]) != nil, "a symbol is a byte"
                )
            }
        }
        try BrokenLaw.unless(block.values.allSatisfy { !$0.isInfinite }, "no value is infinite")
        try BrokenLaw.unless(written(block).map(bits) == bits(block), "\(block) is read as it was written")
    }

    /// The block, written again and read.
    private static func written(_ block: JournalBlock) -> JournalBlock? {
        var writer = JournalBlockWriter()
        for stream in block.streams { _ = writer.add(stream: stream) }
        for source in block.sources { _ = writer.add(source: source) }
        var expected = block
        for (place, entry) in block.entries.enumerated() {
            let range = entry.first..<entry.first + entry.count
            switch entry.kind {
            case .begin:
                writer.begin(
                    stream: entry.stream, position: entry.position, isSymbols: entry.flag,
                    channels: Array(block.channels[range]))
            case .sample where entry.flag:
                // Symbols have no time: what was read of one is dropped.
                expected.entries[place].time = nil
                writer.symbol(
                    stream: entry.stream, position: entry.position, sequence: entry.sequence,
                    source: entry.source.map(UInt64.init), symbol: UInt8(block.values[entry.first]))
            case .sample:
                writer.sample(
                    stream: entry.stream, position: entry.position, time: entry.time,
                    sequence: entry.sequence, source: entry.source.map(UInt64.init),
                    values: Array(block.values[range]).span)
            case .learning:
                writer.learning(stream: entry.stream, position: entry.position, isLearning: entry.flag)
            case .reset: writer.reset(stream: entry.stream, position: entry.position)
            }
        }
        guard let read = JournalBlock(decoding: Array(writer.bytes.dropFirst(16)).span) else { return nil }
        return bits(read) == bits(expected) ? block : read
    }

    /// A block whose values can be compared, NaN too.
    private static func bits(_ block: JournalBlock) -> Bits {
        var rest = block
        rest.values = []
        return Bits(values: block.values.map(\.bitPattern), rest: rest)
    }

    private struct Bits: Equatable {
        var values: [UInt64]
        var rest: JournalBlock
    }
}
