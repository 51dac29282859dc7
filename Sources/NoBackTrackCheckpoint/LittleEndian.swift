/// Numbers of eight bytes, the least significant first, as files have them.
enum LittleEndian {
    /// Appends a number.
    static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// The number in the eight bytes from a place on.
    static func number(at place: Int, in bytes: Span<UInt8>) -> UInt64 {
        (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
    }
}
