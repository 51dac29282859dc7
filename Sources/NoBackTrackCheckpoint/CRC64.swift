/// CRC-64/XZ: reflected, polynomial 0x42F0E1EBA9EA3693, start and final exclusive-or all ones.
///
/// It finds every burst of up to 64 damaged bits and misses other damage once in 2⁶⁴; it is no defence
/// against somebody who forges a file.
package struct CRC64: Sendable {
    private var register = UInt64.max

    /// The checksum of nothing so far.
    package init() {}

    /// The checksum of the bytes taken so far.
    package var value: UInt64 { ~register }

    /// Takes further bytes: eight at a time, each through the table for its distance from the end of the
    /// eight ("slicing by 8").
    package mutating func update(_ bytes: [UInt8]) { update(bytes.span) }

    /// As ``update(_:)-([UInt8])``.
    package mutating func update(_ bytes: Span<UInt8>) {
        let tables = Self.tables
        var register = register
        bytes.withUnsafeBytes { bytes in
            tables.withUnsafeBufferPointer { table in
                var offset = 0
                while offset + 8 <= bytes.count {
                    let word =
                        register
                        ^ UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                    var next: UInt64 = 0
                    for lane in 0..<8 {
                        next ^=
                            table[(7 - lane) << 8 | Int(truncatingIfNeeded: word >> UInt64(lane * 8) & 0xff)]
                    }
                    register = next
                    offset += 8
                }
                while offset < bytes.count {
                    register =
                        table[Int(truncatingIfNeeded: (register ^ UInt64(bytes[offset])) & 0xff)] ^ register
                        >> 8
                    offset += 1
                }
            }
        }
        self.register = register
    }

    /// Table k, 256 entries from 256·k, takes one byte past k zero bytes.
    private static let tables: [UInt64] = {
        // The polynomial with its bits reversed.
        let polynomial: UInt64 = 0xC96C_5795_D787_0F42
        var tables = [UInt64](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var remainder = UInt64(byte)
            for _ in 0..<8 { remainder = remainder & 1 == 1 ? remainder >> 1 ^ polynomial : remainder >> 1 }
            tables[byte] = remainder
        }
        for index in 256..<tables.count {
            let shorter = tables[index - 256]
            tables[index] = tables[Int(shorter & 0xff)] ^ shorter >> 8
        }
        return tables
    }()
}
