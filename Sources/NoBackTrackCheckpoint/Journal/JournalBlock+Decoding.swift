extension JournalBlock {
    /// Reads a payload whose checksum was right.
    ///
    /// - Returns: nil when it is not made as ``JournalFormat`` says, wherever the bytes come from.
    package init?(decoding payload: Span<UInt8>) {
        var index = 0
        while index < payload.count {
            guard Self.read(payload, at: &index, into: &self) else { return nil }
        }
    }

    /// Reads one entry, or the name of a stream or a source.
    private static func read(_ bytes: Span<UInt8>, at index: inout Int, into block: inout JournalBlock)
        -> Bool
    {
        let kind = bytes[index]
        index += 1
        switch kind {
        case 1, 2:
            guard let name = text(bytes, at: &index) else { return false }
            if kind == 1 { block.streams.append(name) } else { block.sources.append(name) }
            return true
        default:
            guard let kind = Kind(rawValue: kind), let stream = number(bytes, at: &index),
                stream < UInt64(block.streams.count), let position = number(bytes, at: &index),
                position < JournalFormat.positionEnd
            else { return false }
            var entry = Entry(kind: kind, stream: Int(stream), position: position)
            guard read(bytes, at: &index, &entry, into: &block) else { return false }
            block.entries.append(entry)
            return true
        }
    }

    private static func read(
        _ bytes: Span<UInt8>, at index: inout Int, _ entry: inout Entry, into block: inout JournalBlock
    ) -> Bool {
        switch entry.kind {
        case .reset: return true
        case .learning: return readFlag(bytes, at: &index, &entry)
        case .begin:
            guard readFlag(bytes, at: &index, &entry), let count = number(bytes, at: &index),
                count <= UInt64(bytes.count - index)
            else { return false }
            entry.first = block.channels.count
            entry.count = Int(count)
            for _ in 0..<entry.count {
                guard let name = text(bytes, at: &index) else { return false }
                block.channels.append(name)
            }
            return true
        case .sample: return readSample(bytes, at: &index, &entry, into: &block)
        }
    }

    private static func readSample(
        _ bytes: Span<UInt8>, at index: inout Int, _ entry: inout Entry, into block: inout JournalBlock
    ) -> Bool {
        guard index < bytes.count else { return false }
        let what = bytes[index]
        index += 1
        guard what < 16 else { return false }
        if what & 1 != 0 {
            guard let time = double(bytes, at: &index), time.isFinite else { return false }
            entry.time = time
        }
        if what & 2 != 0 {
            guard let sequence = number(bytes, at: &index) else { return false }
            entry.sequence = sequence
        }
        if what & 4 != 0 {
            guard let source = number(bytes, at: &index), source < UInt64(block.sources.count) else {
                return false
            }
            entry.source = Int(source)
        }
        entry.first = block.values.count
        entry.flag = what & 8 != 0
        if entry.flag {
            guard index < bytes.count else { return false }
            block.values.append(Double(bytes[index]))
            index += 1
            entry.count = 1
            return true
        }
        guard let count = number(bytes, at: &index), count <= UInt64((bytes.count - index) / 8) else {
            return false
        }
        entry.count = Int(count)
        for _ in 0..<entry.count {
            let value = Double(bitPattern: LittleEndian.number(at: index, in: bytes))
            guard !value.isInfinite else { return false }
            block.values.append(value)
            index += 8
        }
        return true
    }

    private static func readFlag(_ bytes: Span<UInt8>, at index: inout Int, _ entry: inout Entry) -> Bool {
        guard index < bytes.count, bytes[index] <= 1 else { return false }
        entry.flag = bytes[index] == 1
        index += 1
        return true
    }

    private static func double(_ bytes: Span<UInt8>, at index: inout Int) -> Double? {
        guard bytes.count - index >= 8 else { return nil }
        defer { index += 8 }
        return Double(bitPattern: LittleEndian.number(at: index, in: bytes))
    }

    private static func text(_ bytes: Span<UInt8>, at index: inout Int) -> String? {
        guard let count = number(bytes, at: &index), count <= UInt64(bytes.count - index) else { return nil }
        var text: [UInt8] = []
        text.reserveCapacity(Int(count))
        for place in index..<index + Int(count) { text.append(bytes[place]) }
        index += Int(count)
        return String(validating: text, as: UTF8.self)
    }

    /// Reads an unsigned LEB128 number, in the shortest form only.
    private static func number(_ bytes: Span<UInt8>, at index: inout Int) -> UInt64? {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            let digits = UInt64(byte & 0x7F)
            guard shift < 63 || digits <= 1 else { return nil }
            number |= digits << shift
            if byte & 0x80 == 0 { return byte == 0 && shift > 0 ? nil : number }
            shift += 7
            guard shift < 70 else { return nil }
        }
        return nil
    }
}
