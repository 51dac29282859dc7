import Logging

/// A message with all that is known of it.
struct LogEntry {
    var label: String
    var kind: EventKind?
    var level: Logger.Level
    var message: String
    var details: [(key: String, value: String)]
    /// Where in the source it comes from.
    var file: String
    var function: String
    var line: UInt

    /// The message and its details, on one line.
    var text: String {
        details.reduce(into: message) { line, detail in
            line += " \(detail.key)=\(Self.quoted(detail.value))"
        }
    }

    /// syslog's severity.
    var priority: Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// The fields of the journal's entry. `MESSAGE` has the details too: `journalctl` shows nothing else.
    var journalFields: [[UInt8]] {
        var fields = [
            ("MESSAGE", text), ("PRIORITY", "\(priority)"), ("SYSLOG_IDENTIFIER", "nobacktrackd"),
            ("LOGGER", label), ("CODE_FILE", file), ("CODE_LINE", "\(line)"), ("CODE_FUNC", function),
        ]
        if let kind { fields += [("MESSAGE_ID", kind.messageID), ("NOBACKTRACKD_KIND", kind.rawValue)] }
        for (key, value) in details { fields.append((Self.fieldName(key), value)) }
        return fields.map { Array("\($0)=\($1)".utf8) }
    }

    /// `idleSeconds` is `NOBACKTRACKD_IDLE_SECONDS`; a few are known by their own names.
    static func fieldName(_ key: String) -> String {
        switch key {
        case "stream": return "STREAM"
        case "step": return "STEP"
        case "error": return "ERROR"
        default: break
        }
        var name = "NOBACKTRACKD_"
        for scalar in key.unicodeScalars {
            let isLetter = ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
            if ("A"..."Z").contains(scalar) { name += "_" }
            name += isLetter || ("0"..."9").contains(scalar) ? String(scalar).uppercased() : "_"
        }
        // journald takes no longer ones.
        return String(name.prefix(64))
    }

    /// A value from strangers stays on its line.
    private static func quoted(_ text: String) -> String {
        let isPlain =
            !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x5C && $0 != 0x7F }
        if isPlain { return text }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
