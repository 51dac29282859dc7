/// Reads the small part of JSON that safetensors headers consist of: strings, natural numbers, arrays and
/// objects whose nesting the caller knows, so that no input can make it recurse.
struct JSONScanner {
    private let bytes: ArraySlice<UInt8>
    private(set) var position: Int

    /// A scanner at the start of the bytes.
    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// An error at the place reached.
    func failure(_ reason: String) -> SafetensorsError {
        .malformedHeader(offset: position - bytes.startIndex, reason: reason)
    }

    /// Whether only white space is left.
    mutating func isAtEnd() -> Bool {
        skipSpace()
        return position == bytes.endIndex
    }

    /// Passes this character.
    mutating func expect(_ character: Unicode.Scalar) throws(SafetensorsError) {
        guard accept(character) else { throw failure("expected \(character)") }
    }

    /// Passes this character if it is the next one.
    mutating func accept(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.endIndex, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Passes `open`, elements separated by commas, `close`.
    mutating func list(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar,
        element: (inout JSONScanner) throws(SafetensorsError) -> Void
    ) throws(SafetensorsError) {
        try expect(open)
        if accept(close) { return }
        repeat { try element(&self) } while accept(",")
        try expect(close)
    }

    /// Passes a number without sign, fraction or exponent that fits an `Int`.
    mutating func naturalNumber() throws(SafetensorsError) -> Int {
        skipSpace()
        let start = position
        var value = 0
        while position < bytes.endIndex, case let digit = bytes[position] &- UInt8(ascii: "0"), digit < 10 {
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow2) = tenfold.addingReportingOverflow(Int(digit))
            guard !overflow, !overflow2 else { throw failure("number too large") }
            value = sum
            position += 1
        }
        guard position > start else { throw failure("expected a natural number") }
        guard position == start + 1 || bytes[start] != UInt8(ascii: "0") else {
            throw failure("number with a leading zero")
        }
        return value
    }

    /// Passes a string.
    mutating func string() throws(SafetensorsError) -> String {
        try expect("\"")
        var text: [UInt8] = []
        while position < bytes.endIndex {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw failure("string is not UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): try appendEscaped(to: &text)
            case 0..<0x20: throw failure("control character in a string")
            default: text.append(byte)
            }
        }
        throw failure("string without end")
    }

    private mutating func appendEscaped(to text: inout [UInt8]) throws(SafetensorsError) {
        guard position < bytes.endIndex else { throw failure("string without end") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if code >> 10 == 0xD800 >> 10 {
                guard position + 1 < bytes.endIndex, bytes[position] == UInt8(ascii: "\\"),
                    bytes[position + 1] == UInt8(ascii: "u")
                else { throw failure("half a surrogate pair") }
                position += 2
                let low = try hexadecimal()
                guard low >> 10 == 0xDC00 >> 10 else { throw failure("half a surrogate pair") }
                code = 0x10000 + (code & 0x3FF) << 10 + low & 0x3FF
            }
            guard let scalar = Unicode.Scalar(code) else { throw failure("half a surrogate pair") }
            text.append(contentsOf: String(scalar).utf8)
        default: throw failure("unknown escape")
        }
    }

    private mutating func hexadecimal() throws(SafetensorsError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.endIndex,
                let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
            else { throw failure("expected four hexadecimal digits") }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }

    private mutating func skipSpace() {
        while position < bytes.endIndex, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }
}
