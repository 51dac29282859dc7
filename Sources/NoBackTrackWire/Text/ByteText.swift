extension [UInt8] {
    /// Appends a text as UTF-8.
    mutating func append(text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a whole number in decimal.
    mutating func append(decimal number: UInt64) {
        var rest = number
        let start = count
        repeat {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        self[start...].reverse()
    }

    /// Appends a whole number in decimal.
    mutating func append(decimal number: Int) {
        if number < 0 { append(UInt8(ascii: "-")) }
        append(decimal: UInt64(number.magnitude))
    }

    /// Appends the shortest decimal that reads back as `number`, which both JSON and line protocol accept.
    ///
    /// - Parameter number: Finite.
    mutating func append(shortest number: Double) {
        // Whole numbers without the ".0" of Swift's description: shorter, and exact below 2⁵³.
        if number.magnitude < 9_007_199_254_740_992 && number == number.rounded(.towardZero) {
            if number.sign == .minus { append(UInt8(ascii: "-")) }
            append(decimal: UInt64(number.magnitude))
        } else {
            append(contentsOf: number.description.utf8)
        }
    }

    /// Appends a JSON number, or `null` for nil and for what JSON has no number for.
    mutating func append(jsonNumber number: Double?) {
        if let number, number.isFinite {
            append(shortest: number)
        } else {
            append(text: "null")
        }
    }

    /// Appends a JSON string with its quotes, escaping only what must be escaped.
    mutating func append(jsonString text: String) {
        append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append(text: "\\\"")
            case UInt8(ascii: "\\"): append(text: "\\\\")
            case UInt8(ascii: "\n"): append(text: "\\n")
            case UInt8(ascii: "\r"): append(text: "\\r")
            case UInt8(ascii: "\t"): append(text: "\\t")
            case 0..<0x20:
                append(text: "\\u00")
                append(hexadecimalDigit: byte >> 4)
                append(hexadecimalDigit: byte & 0xF)
            default: append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }

    private mutating func append(hexadecimalDigit digit: UInt8) {
        append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
}
