import FoundationEssentials

/// One line of the predict socket, in either direction: a JSON object.
package protocol ControlMessage: Codable, Sendable {
    /// Appends the message as one line of JSON, with its newline.
    ///
    /// - Throws: `EncodingError` when a number is not finite.
    func appendLine(to bytes: inout [UInt8]) throws
}

extension ControlMessage {
    /// Appends the message as one line of JSON, with its newline.
    ///
    /// - Throws: `EncodingError` when a number is not finite.
    package func appendLine(to bytes: inout [UInt8]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        bytes.append(contentsOf: try encoder.encode(self))
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Reads a message from a line, with or without its newline.
    ///
    /// - Throws: `DecodingError` when it is not the JSON of such a message.
    package init(line: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(line))
    }
}
