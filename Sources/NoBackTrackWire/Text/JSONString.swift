/// Strings within a line of JSON.
enum JSONString {
    /// Moves `index`, which is at an opening quote, behind the closing one.
    ///
    /// - Returns: Where the text between the quotes is, escapes still in it.
    /// - Throws: ``LineError`` when the string does not end or has a control character.
    static func skip(_ line: Span<UInt8>, at index: inout Int) throws(LineError) -> Range<Int> {
        let start = index + 1
        var place = start
        while place < line.count {
            let byte = line[place]
            if byte == UInt8(ascii: "\"") {
                index = place + 1
                return start..<place
            }
            if byte < 0x20 { throw LineError(.badSyntax, "a string has a control character in it") }
            place += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        throw LineError(.badSyntax, "a string has no closing quote")
    }

    /// The text of a string.
    ///
    /// - Parameter range: What ``skip(_:at:)`` gave.
    /// - Throws: ``LineError`` when it is not UTF-8 or has an escape that JSON does not know.
    static func decode(_ range: Range<Int>, in line: Span<UInt8>) throws(LineError) -> String {
        let raw = line.extracting(range)
        if raw.firstIndex(of: UInt8(ascii: "\\"), from: 0) == nil {
            guard let text = String(validating: raw) else {
                throw LineError(.badSyntax, "a string is not UTF-8")
            }
            return text
        }
        var bytes: [UInt8] = []
        var place = 0
        while place < raw.count {
            let byte = raw[place]
            place += 1
            if byte != UInt8(ascii: "\\") {
                bytes.append(byte)
                continue
            }
            guard place < raw.count else { throw unknownEscape }
            let kind = raw[place]
            place += 1
            switch kind {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(kind)
            case UInt8(ascii: "b"): bytes.append(0x08)
            case UInt8(ascii: "f"): bytes.append(0x0C)
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "u"):
                let scalar = try readScalar(raw, at: &place)
                bytes.append(contentsOf: String(Character(scalar)).utf8)
            default: throw unknownEscape
            }
        }
        guard let text = String(validating: bytes.span) else {
            throw LineError(.badSyntax, "a string is not UTF-8")
        }
        return text
    }

    private static var unknownEscape: LineError {
        LineError(.badSyntax, "a string has an escape that JSON does not know")
    }

    /// Reads what follows `\u`: four digits, or a pair of surrogates.
    private static func readScalar(_ raw: Span<UInt8>, at place: inout Int) throws(LineError)
        -> Unicode.Scalar
    {
        let first = try readHexadecimal(raw, at: &place)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, place + 1 < raw.count, raw[place] == UInt8(ascii: "\\"),
            raw[place + 1] == UInt8(ascii: "u")
        else { throw LineError(.badSyntax, "a string has half of a surrogate pair") }
        place += 2
        let second = try readHexadecimal(raw, at: &place)
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
        else { throw LineError(.badSyntax, "a string has half of a surrogate pair") }
        return scalar
    }

    private static func readHexadecimal(_ raw: Span<UInt8>, at place: inout Int) throws(LineError) -> UInt16 {
        guard place + 4 <= raw.count else { throw unknownEscape }
        var number: UInt16 = 0
        for offset in place..<place + 4 {
            guard let digit = Character(Unicode.Scalar(raw[offset])).hexDigitValue, raw[offset] < 0x80 else {
                throw unknownEscape
            }
            number = number << 4 | UInt16(digit)
        }
        place += 4
        return number
    }
}
