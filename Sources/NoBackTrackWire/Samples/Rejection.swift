/// A line that could not be used.
package struct Rejection: Sendable, Equatable {
    /// The line's number on its connection, the frame's or byte's where those are samples; the first is 1.
    package var line: UInt64
    /// The reason, for programs.
    package var code: RejectionCode
    /// The reason, for people.
    package var message: String

    /// Creates a rejection of line number `line`.
    package init(line: UInt64, code: RejectionCode, message: String) {
        self.line = line
        self.code = code
        self.message = message
    }

    /// Appends the answer that the sender of the line gets: one line of JSON, with its newline.
    package func appendErrorLine(to bytes: inout [UInt8]) {
        bytes.append(text: "{\"ok\":false,\"line\":")
        bytes.append(decimal: line)
        bytes.append(text: ",\"error\":{\"code\":")
        bytes.append(jsonString: code.rawValue)
        bytes.append(text: ",\"message\":")
        bytes.append(jsonString: message)
        bytes.append(text: "}}\n")
    }
}
