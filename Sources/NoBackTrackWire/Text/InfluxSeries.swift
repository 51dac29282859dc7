/// The part of a line of InfluxDB line protocol that says whose fields follow: the measurement and its tags.
///
/// As a stream's name it has its tags sorted and its spaces unescaped: `disk,host=a,path=/my disk`. Escaped commas
/// and equals signs stay so, or the name could not be taken apart again.
struct InfluxSeries {
    /// The bytes of the measurement, escapes still in it.
    private(set) var measurement: [UInt8]
    /// The tags in the order they came, escapes still in them.
    private(set) var tags: [(key: [UInt8], value: [UInt8])] = []

    /// Takes a series apart.
    ///
    /// - Parameter text: What stands before the first space that is not escaped; or a stream's name.
    /// - Returns: Nil when it is not a measurement with tags.
    init?(_ text: Span<UInt8>) {
        var index = 0
        measurement = Array(copying: text.extracting(Self.skip(text, at: &index, until: ",")))
        if measurement.isEmpty { return nil }
        while index < text.count {
            index += 1
            let key = Self.skip(text, at: &index, until: ",", "=")
            guard !key.isEmpty && index < text.count && text[index] == UInt8(ascii: "=") else { return nil }
            index += 1
            let value = Self.skip(text, at: &index, until: ",")
            if value.isEmpty { return nil }
            tags.append((Array(copying: text.extracting(key)), Array(copying: text.extracting(value))))
        }
    }

    /// The stream's name; nil when it is not UTF-8.
    var streamName: String? {
        var bytes = measurement
        for (key, value) in tags.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            bytes.append(UInt8(ascii: ","))
            bytes += key
            bytes.append(UInt8(ascii: "="))
            bytes += value
        }
        return String(validating: Self.unescape(bytes.span, onlySpaces: true).span)
    }

    /// Whether a tag has this key.
    func hasTag(_ key: StaticString) -> Bool {
        tags.contains { $0.key.span.equals(key) }
    }

    /// Whether two tags have the same key.
    var repeatsTag: Bool { Set(tags.map(\.key)).count < tags.count }

    /// Moves `index` to the first of up to three characters that is not escaped, or to the end.
    ///
    /// - Returns: The range passed over.
    static func skip(
        _ text: Span<UInt8>, at index: inout Int, until end: Unicode.Scalar,
        _ otherEnd: Unicode.Scalar? = nil,
        _ thirdEnd: Unicode.Scalar? = nil
    ) -> Range<Int> {
        let start = index
        while index < text.count {
            let byte = Unicode.Scalar(text[index])
            if byte == end || byte == otherEnd || byte == thirdEnd { break }
            index += byte == "\\" && index + 1 < text.count ? 2 : 1
        }
        return start..<index
    }

    /// The text without the backslashes that escape a comma, an equals sign or a space; other backslashes
    /// stand for themselves.
    static func unescape(_ text: Span<UInt8>, onlySpaces: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        var index = 0
        while index < text.count {
            if text[index] == UInt8(ascii: "\\") && index + 1 < text.count {
                let next = text[index + 1]
                let isEscape =
                    next == UInt8(ascii: " ")
                    || !onlySpaces && (next == UInt8(ascii: ",") || next == UInt8(ascii: "="))
                if !isEscape { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(next)
                index += 2
            } else {
                bytes.append(text[index])
                index += 1
            }
        }
        return bytes
    }
}
