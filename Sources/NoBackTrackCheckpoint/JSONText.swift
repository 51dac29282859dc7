/// Writes the small part of JSON that ``JSONScanner`` reads.
enum JSONText {
    /// Appends the string in quotes, as UTF-8, with the escapes that JSON asks for.
    static func append(_ string: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// The strings as an array, such as `["temp","flow"]`.
    static func array(_ strings: [String]) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "[")]
        for (index, string) in strings.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            append(string, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The array of strings that the text holds.
    static func strings(in text: String) throws(SafetensorsError) -> [String] {
        var scanner = JSONScanner(Array(text.utf8)[...])
        var strings: [String] = []
        try scanner.list("[", "]") { scanner throws(SafetensorsError) in strings.append(try scanner.string())
        }
        guard scanner.isAtEnd() else { throw scanner.failure("text after the array") }
        return strings
    }
}
