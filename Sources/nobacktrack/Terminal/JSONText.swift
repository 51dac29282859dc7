import FoundationEssentials
import NoBackTrackWire

/// JSON for scripts.
enum JSONText {
    /// `value` as one line of JSON, newline included.
    ///
    /// - Throws: `EncodingError` for a value that JSON has no form for.
    static func line(_ value: some Encodable) throws -> String {
        try text(value) + "\n"
    }

    /// `value` as JSON.
    ///
    /// - Throws: `EncodingError` for a value that JSON has no form for.
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
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
