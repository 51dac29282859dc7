import NoBackTrack
import NoBackTrackSystem

extension SafetensorsFile {
    /// Takes the bytes apart, wherever they come from.
    ///
    /// Memory stays within a small multiple of the bytes' own count.
    ///
    /// - Throws: what is wrong with them. Files with element types other than F32, F64 and U64 are refused.
    package init(decoding bytes: [UInt8]) throws(SafetensorsError) {
        let dataStart = try Self.headerEnd(bytes)
        let (metadata, entries) = try Self.header(bytes, end: dataStart)
        try Self.check(entries, dataCount: bytes.count - dataStart)
        let tensors = entries.map { entry in
            let range = dataStart + entry.range.lowerBound..<dataStart + entry.range.upperBound
            return StateTensor(
                name: entry.name, shape: entry.shape,
                elements: StateTensor.Elements(entry.dataType, decoding: bytes[range]))
        }
        self.init(metadata: metadata, tensors: tensors)
    }

    /// The metadata of a file, of which no more than its header is read.
    ///
    /// - Returns: nil when the header is not one.
    /// - Throws: the call that failed.
    static func metadata(
        at path: String, using calls: some FileSystemCalls
    ) throws(SystemError) -> [String: String]? {
        let start = try DurableFile.read(path, first: 8, using: calls)
        guard let end = try? headerEnd(start) else { return nil }
        let bytes = try DurableFile.read(path, first: end, using: calls)
        guard bytes.count == end else { return nil }
        return try? header(bytes, end: end).metadata
    }

    /// Where the data of a file begins, as its first eight bytes say.
    private static func headerEnd(_ bytes: [UInt8]) throws(SafetensorsError) -> Int {
        guard bytes.count >= 8 else { throw .truncated(needed: 8, found: bytes.count) }
        let length = LittleEndian.number(at: 0, in: bytes.span)
        guard length <= UInt64(maximumHeaderBytes) else { throw .headerTooLong(length) }
        return 8 + Int(length)
    }

    /// What the header says, which ends there.
    private static func header(
        _ bytes: [UInt8], end: Int
    ) throws(SafetensorsError) -> (metadata: [String: String], entries: [SafetensorsEntry]) {
        guard end <= bytes.count else { throw .truncated(needed: UInt64(end), found: bytes.count) }
        var (metadata, entries): ([String: String], [SafetensorsEntry]) = ([:], [])
        var hasMetadata = false
        var names: Set<String> = []
        var scanner = JSONScanner(bytes[8..<end])
        try scanner.list("{", "}") { scanner throws(SafetensorsError) in
            let name = try scanner.string()
            try scanner.expect(":")
            if name == metadataKey {
                guard !hasMetadata else { throw scanner.failure("metadata twice") }
                hasMetadata = true
                metadata = try Self.metadata(&scanner)
            } else {
                guard names.insert(name).inserted else { throw .badTensor(name: name, reason: "there twice") }
                entries.append(try SafetensorsEntry(name: name, &scanner))
            }
        }
        guard scanner.isAtEnd() else { throw scanner.failure("text after the header") }
        return (metadata, entries)
    }

    private static func metadata(_ scanner: inout JSONScanner) throws(SafetensorsError) -> [String: String] {
        var metadata: [String: String] = [:]
        try scanner.list("{", "}") { scanner throws(SafetensorsError) in
            let key = try scanner.string()
            try scanner.expect(":")
            let value = try scanner.string()
            guard metadata.updateValue(value, forKey: key) == nil else {
                throw scanner.failure("metadata \(key.quotedForError) twice")
            }
        }
        return metadata
    }

    /// The data of the tensors must cover the rest of the file without a gap or an overlap.
    private static func check(_ entries: [SafetensorsEntry], dataCount: Int) throws(SafetensorsError) {
        var end = 0
        let ordered = entries.sorted {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }
        for entry in ordered {
            guard entry.range.lowerBound == end else {
                throw .badTensor(
                    name: entry.name, reason: "data at \(entry.range.lowerBound) instead of \(end)")
            }
            end = entry.range.upperBound
        }
        guard end <= dataCount else { throw .truncated(needed: UInt64(end), found: dataCount) }
        guard end == dataCount else { throw .trailingBytes(dataCount - end) }
    }
}
