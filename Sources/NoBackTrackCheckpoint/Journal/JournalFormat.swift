/// The journal: every accepted sample of every stream, in segments `STATE/.journal/<number>.segment`.
///
/// A segment, all numbers little-endian:
///
///     8 bytes    NBTJRNL and a zero
///     4 bytes    format version, 1
///     4 bytes    zero
///     8 bytes    number of the segment, 16 hexadecimal digits in its name
///     8 bytes    CRC-64/XZ of the 24 bytes before
///     blocks
///
/// A block is what one learning thread was about to learn:
///
///     4 bytes    length of the payload
///     4 bytes    zero
///     8 bytes    CRC-64/XZ of: number of the segment and place of the block in it (8 bytes each), the 8 bytes
///                before, the payload
///     payload    entries
///
/// A block stands by itself: either its checksum is right, and then all of it counts, or nothing of it does.
/// Its entries begin with a byte that says what they are; *n* is an unsigned LEB128 number, *text* an n and as many
/// bytes of UTF-8:
///
///     1 text                        a stream: the next number, from 0, stands for it in this block
///     2 text                        a source, likewise
///     3 n n kind n text…            stream, position, 0 numbers or 1 symbols, channels: the stream begins
///     4 n n what n values…          stream, position, what there is, number of values: a sample. By the bits of what:
///                                   1 time (8 bytes of a double), 2 sequence (n), 4 source (n), 8 the one value is a
///                                   byte; else values are doubles
///     5 n n 0|1                     stream, position: it stops learning, or goes on
///     6 n n                         stream, position: it is forgotten
///
/// Samples, and what else changes a learner, are numbered stream by stream: a checkpoint has all before its position,
/// and what follows in the journal at that position continues it. Where a number is missing the stream's journal ends.
package enum JournalFormat {
    /// Name of the journal's directory in the state directory; no stream's begins with a dot.
    package static let directoryName = ".journal"
    /// Ending of a segment's name.
    package static let suffix = ".segment"
    /// Version that is written; older ones are read.
    package static let version: UInt32 = 1
    /// Bytes before the first block.
    package static let headerBytes = 32
    /// Bytes before a block's payload.
    package static let blockHeaderBytes = 16
    /// Longest payload, in bytes.
    package static let maxPayloadBytes = 1 << 28

    /// Positions are below: far more than a stream will ever have, and far from where counting on would end.
    package static let positionEnd: UInt64 = 1 << 63

    /// The position that a text says; nil when none can be so.
    static func position(_ text: String) -> UInt64? {
        UInt64(text).flatMap { $0 < positionEnd ? $0 : nil }
    }

    static let magic: [UInt8] = Array("NBTJRNL".utf8) + [0]

    /// The name of a segment.
    package static func name(of segment: UInt64) -> String {
        String(segment, radix: 16, width: 16) + suffix
    }

    /// The segment that has such a name; nil when none has.
    package static func segment(named name: String) -> UInt64? {
        guard name.hasSuffix(suffix), name.utf8.count == 16 + suffix.utf8.count,
            let number = UInt64(name.prefix(16), radix: 16), self.name(of: number) == name
        else { return nil }
        return number
    }

    /// The bytes before a segment's first block.
    package static func header(of segment: UInt64) -> [UInt8] {
        var bytes = magic
        LittleEndian.append(UInt64(version), to: &bytes)
        LittleEndian.append(segment, to: &bytes)
        LittleEndian.append(checksum(bytes), to: &bytes)
        return bytes
    }

    /// The checksum of a block.
    package static func checksum(
        segment: UInt64, offset: Int, lengthField: UInt64, payload: Span<UInt8>
    ) -> UInt64 {
        var place: [UInt8] = []
        place.reserveCapacity(24)
        LittleEndian.append(segment, to: &place)
        LittleEndian.append(UInt64(offset), to: &place)
        LittleEndian.append(lengthField, to: &place)
        var checksum = CRC64()
        checksum.update(place.span)
        checksum.update(payload)
        return checksum.value
    }

    static func checksum(_ bytes: [UInt8]) -> UInt64 {
        var checksum = CRC64()
        checksum.update(bytes.span)
        return checksum.value
    }
}
