import FoundationEssentials
import NoBackTrackWire

/// JSON for scripts.
enum JSONText {
    /// `text` as a JSON string, quotes included.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\u{0}"..."\u{1f}", "\u{7f}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// `value` as one line of JSON, newline included.
    ///
    /// - Throws: `EncodingError` for a value that JSON has no form for.
    static func line(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }

    /// `message` as the daemon writes it: one line of JSON, newline included.
    ///
    /// - Throws: `EncodingError` for a number that is not finite.
    static func line(_ message: some ControlMessage) throws -> String {
        var bytes: [UInt8] = []
        try message.appendLine(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
