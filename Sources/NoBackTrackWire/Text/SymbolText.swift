/// Symbols as text that shows what they are: printable ASCII stands for itself, but for the backslash, and all else
/// is an escape: `\n`, `\t`, `\r`, `\\`, and `\xNN` with two hexadecimal digits.
package enum SymbolText {
    /// The text of one symbol.
    package static func escape(_ symbol: UInt8) -> String {
        switch symbol {
        case UInt8(ascii: "\n"): return "\\n"
        case UInt8(ascii: "\t"): return "\\t"
        case UInt8(ascii: "\r"): return "\\r"
        case UInt8(ascii: "\\"): return "\\\\"
        case 0x20..<0x7F: return String(Unicode.Scalar(symbol))
        default: return hexadecimal(symbol)
        }
    }

    /// The text of several symbols.
    package static func escape(_ symbols: some Sequence<UInt8>) -> String {
        symbols.map { escape($0) }.joined()
    }

    /// The symbols of a text: its bytes, and what its escapes stand for.
    ///
    /// - Returns: nil when a backslash begins none of the escapes.
    package static func unescape(_ text: String) -> [UInt8]? {
        var symbols: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                symbols.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "n"): symbols.append(UInt8(ascii: "\n"))
            case UInt8(ascii: "t"): symbols.append(UInt8(ascii: "\t"))
            case UInt8(ascii: "r"): symbols.append(UInt8(ascii: "\r"))
            case UInt8(ascii: "\\"): symbols.append(UInt8(ascii: "\\"))
            case UInt8(ascii: "x"):
                guard let high = digit(rest.popFirst()), let low = digit(rest.popFirst()) else { return nil }
                symbols.append(high << 4 | low)
            default: return nil
            }
        }
        return symbols
    }

    /// `\x` and two digits.
    static func hexadecimal(_ symbol: UInt8) -> String {
        let digits = String(symbol, radix: 16)
        return "\\x" + (symbol < 0x10 ? "0" : "") + digits
    }

    private static func digit(_ byte: UInt8?) -> UInt8? {
        switch byte {
        case .some(UInt8(ascii: "0")...UInt8(ascii: "9")): byte.map { $0 - UInt8(ascii: "0") }
        case .some(UInt8(ascii: "a")...UInt8(ascii: "f")): byte.map { $0 - UInt8(ascii: "a") + 10 }
        case .some(UInt8(ascii: "A")...UInt8(ascii: "F")): byte.map { $0 - UInt8(ascii: "A") + 10 }
        default: nil
        }
    }
}
