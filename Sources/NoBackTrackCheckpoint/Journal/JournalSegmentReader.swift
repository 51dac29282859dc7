/// Reads a segment block by block, wherever its bytes come from: those that are as they were written, and no others.
package struct JournalSegmentReader: Sendable {
    /// How a segment ends.
    package enum End: Sendable, Equatable {
        /// After its last block.
        case complete
        /// In a block that was being written when the machine or the process stopped; nothing follows it.
        case torn(offset: Int)
        /// A block is not as it was written, and others follow it or it is not known where they would begin.
        case damaged(offset: Int)
    }

    /// Its number.
    package let segment: UInt64
    private let bytes: [UInt8]
    private var offset = JournalFormat.headerBytes
    private var firstBad: Int?
    private var isDamaged = false

    /// A reader of a segment's bytes.
    ///
    /// - Throws: ``JournalError`` when they are no such segment. One that ends in its head holds nothing: the process
    ///   was stopped when it had just made it.
    package init(_ bytes: [UInt8], segment: UInt64) throws(JournalError) {
        self.segment = segment
        self.bytes = bytes
        guard bytes.count >= JournalFormat.headerBytes else {
            firstBad = 0
            offset = bytes.count
            return
        }
        let span = bytes.span
        guard Array(bytes[..<8]) == JournalFormat.magic else { throw .foreign("it does not begin as one") }
        let version = UInt32(truncatingIfNeeded: LittleEndian.number(at: 8, in: span))
        guard LittleEndian.number(at: 24, in: span) == JournalFormat.checksum(Array(bytes[..<24])) else {
            throw .damaged("wrong checksum of its head")
        }
        guard version <= JournalFormat.version else { throw .newerFormat(version) }
        guard version > 0 else { throw .damaged("format version 0") }
        let number = LittleEndian.number(at: 16, in: span)
        guard number == segment else { throw .foreign("it is segment \(number)") }
    }

    /// The next block that is as it was written; nil at the end.
    package mutating func next() -> JournalBlock? {
        while offset < bytes.count {
            guard let (length, isWhole) = length() else { break }
            let start = offset
            let end = start + JournalFormat.blockHeaderBytes + length
            if isWhole, let block = block(at: start, length: length) {
                offset = end
                if firstBad != nil { isDamaged = true }
                return block
            }
            // Those behind it may be whole: positions tell whose journal ends here.
            firstBad = firstBad ?? start
            guard isWhole else { break }
            offset = end
        }
        if offset < bytes.count { firstBad = firstBad ?? offset }
        offset = bytes.count
        return nil
    }

    /// Its size.
    package var byteCount: Int { bytes.count }

    /// How it ends; meaningful once ``next()`` has returned nil.
    package var end: End {
        guard let firstBad else { return .complete }
        return isDamaged ? .damaged(offset: firstBad) : .torn(offset: firstBad)
    }

    /// The length of the payload of the block at hand, and whether all of it can be there; nil when it cannot be one.
    private func length() -> (length: Int, isWhole: Bool)? {
        guard bytes.count - offset >= JournalFormat.blockHeaderBytes else { return nil }
        let field = LittleEndian.number(at: offset, in: bytes.span)
        guard field > 0, field <= UInt64(JournalFormat.maxPayloadBytes) else { return nil }
        return (Int(field), Int(field) <= bytes.count - offset - JournalFormat.blockHeaderBytes)
    }

    private func block(at start: Int, length: Int) -> JournalBlock? {
        let span = bytes.span
        let first = start + JournalFormat.blockHeaderBytes
        let payload = span.extracting(first..<first + length)
        let checksum = JournalFormat.checksum(
            segment: segment, offset: start, lengthField: UInt64(length), payload: payload)
        guard LittleEndian.number(at: start + 8, in: span) == checksum else { return nil }
        return JournalBlock(decoding: payload)
    }
}
