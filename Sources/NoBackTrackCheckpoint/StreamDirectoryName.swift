/// The name of the directory that holds a stream's checkpoints.
///
/// Names come from strangers. Letters, digits and `_ - . , = + @` stand for themselves, every other byte of
/// the name's UTF-8, and a `.` or `-` at the start, becomes `%` and two upper-case hexadecimal digits. So the
/// result is one component of a path, never hidden, never `.` or `..` and never looks like an option, and
/// different names have different directories.
package enum StreamDirectoryName {
    /// Longest result, in bytes; file systems allow 255.
    package static let maximumBytes = 200

    /// The directory's name for a stream's.
    ///
    /// - Throws: when the stream cannot have that name.
    package static func encode(_ stream: String) throws(StreamNameError) -> String {
        guard !stream.isEmpty else { throw .empty }
        guard !stream.unicodeScalars.contains(where: isForbidden) else { throw .controlCharacter }
        var bytes: [UInt8] = []
        for byte in stream.utf8 {
            if isPlain(byte), !bytes.isEmpty || !isSpecialAtStart(byte) {
                bytes.append(byte)
            } else {
                let digits = Array("0123456789ABCDEF".utf8)
                bytes.append(UInt8(ascii: "%"))
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            }
        }
        guard bytes.count <= maximumBytes else { throw .tooLong(bytes.count) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The stream whose directory has this name; nil when no stream's has.
    package static func decode(_ directory: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(directory.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest.removeFirst(2)
        }
        // Only what encode writes counts, so that two directories never stand for one stream.
        guard let stream = String(validating: bytes, as: UTF8.self), let encoded = try? encode(stream),
            encoded.utf8.elementsEqual(directory.utf8)
        else { return nil }
        return stream
    }

    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_-.,=+@".utf8.contains(byte)
        }
    }

    private static func isSpecialAtStart(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
    }
}
