/// A line of NDJSON: one object of named values, or one array of values.
enum NDJSONLine {
    /// Reads a line, whatever its shape.
    ///
    /// - Throws: ``LineError``; `values` may have grown then.
    static func read(
        _ line: Span<UInt8>, into draft: inout LineDraft, values: inout [Double]
    ) throws(LineError) {
        var index = 0
        var textStart = 0
        skipSpace(line, at: &index)
        if index < line.count && line[index] == UInt8(ascii: "{") {
            try readObject(line, at: &index, &textStart, into: &draft, values: &values)
        } else if index < line.count && line[index] == UInt8(ascii: "[") {
            try readArray(line, at: &index, &textStart, into: &draft, values: &values)
        } else {
            throw LineError(.badSyntax, "expected a JSON object or array, found \(found(line, at: index))")
        }
        skipSpace(line, at: &index)
        if index < line.count {
            throw LineError(.badSyntax, "there is more after the JSON: \(found(line, at: index))")
        }
        draft.template.append(line.extracting(textStart..<line.count))
    }

    private static func readObject(
        _ line: Span<UInt8>, at index: inout Int, _ textStart: inout Int, into draft: inout LineDraft,
        values: inout [Double]
    ) throws(LineError) {
        var seen = (stream: false, source: false, time: false, sequence: false)
        repeat {
            index += 1
            skipSpace(line, at: &index)
            if draft.template.slots.isEmpty && !seen.stream && !seen.source && index < line.count
                && line[index] == UInt8(ascii: "}")
            {
                break
            }
            guard index < line.count && line[index] == UInt8(ascii: "\"") else {
                throw LineError(.badSyntax, "expected the name of a channel, found \(found(line, at: index))")
            }
            let key = try JSONString.skip(line, at: &index)
            skipSpace(line, at: &index)
            guard index < line.count && line[index] == UInt8(ascii: ":") else {
                throw LineError(
                    .badSyntax,
                    "expected : after \(String(excerptOf: key, in: line)), found \(found(line, at: index))")
            }
            index += 1
            skipSpace(line, at: &index)
            do throws(LineError) {
                switch try field(key, in: line) {
                case .stream:
                    if seen.stream { throw LineError(.badSyntax, "occurs twice") }
                    seen.stream = true
                    // The stream's name is part of the line's shape: its text is not cut here.
                    draft.stream = try readStream(line, at: &index)
                case .time:
                    if seen.time { throw LineError(.badSyntax, "occurs twice") }
                    seen.time = true
                    draft.template.append(line.extracting(textStart..<index), .time)
                    draft.time = try readTime(line, at: &index)
                    textStart = index
                case .sequence:
                    if seen.sequence { throw LineError(.badSyntax, "occurs twice") }
                    seen.sequence = true
                    draft.template.append(line.extracting(textStart..<index), .sequence)
                    draft.sequence = try readSequence(line, at: &index)
                    textStart = index
                case .source:
                    if seen.source { throw LineError(.badSyntax, "occurs twice") }
                    seen.source = true
                    // Only a name is one: sensors have channels called source. It is part of the shape, like the stream's.
                    guard index < line.count && line[index] == UInt8(ascii: "\"") else { fallthrough }
                    draft.source = try JSONString.skip(line, at: &index)
                case .channel:
                    draft.channels.append(key)
                    draft.template.append(line.extracting(textStart..<index), .channel)
                    values.append(try readValue(line, at: &index))
                    textStart = index
                }
            } catch {
                throw error.about(String(excerptOf: key, in: line))
            }
            skipSpace(line, at: &index)
        } while index < line.count && line[index] == UInt8(ascii: ",")
        guard index < line.count && line[index] == UInt8(ascii: "}") else {
            throw LineError(.badSyntax, "expected , or } in the object, found \(found(line, at: index))")
        }
        index += 1
    }

    private static func readArray(
        _ line: Span<UInt8>, at index: inout Int, _ textStart: inout Int, into draft: inout LineDraft,
        values: inout [Double]
    ) throws(LineError) {
        repeat {
            index += 1
            skipSpace(line, at: &index)
            if draft.template.slots.isEmpty && index < line.count && line[index] == UInt8(ascii: "]") {
                break
            }
            draft.template.append(line.extracting(textStart..<index), .channel)
            do throws(LineError) {
                values.append(try readValue(line, at: &index))
            } catch {
                throw error.about("value \(draft.template.slots.count)")
            }
            textStart = index
            skipSpace(line, at: &index)
        } while index < line.count && line[index] == UInt8(ascii: ",")
        guard index < line.count && line[index] == UInt8(ascii: "]") else {
            throw LineError(.badSyntax, "expected , or ] in the array, found \(found(line, at: index))")
        }
        index += 1
    }

    private enum Field { case stream, source, time, sequence, channel }

    private static func field(_ key: Range<Int>, in line: Span<UInt8>) throws(LineError) -> Field {
        let raw = line.extracting(key)
        if raw.firstIndex(of: UInt8(ascii: "\\"), from: 0) != nil {
            switch try JSONString.decode(key, in: line) {
            case "stream": return .stream
            case "source": return .source
            case "time": return .time
            case "seq": return .sequence
            default: return .channel
            }
        }
        if raw.equals("stream") { return .stream }
        if raw.equals("source") { return .source }
        if raw.equals("time") { return .time }
        return raw.equals("seq") ? .sequence : .channel
    }

    private static func readStream(_ line: Span<UInt8>, at index: inout Int) throws(LineError) -> Range<Int>?
    {
        if index < line.count && line[index] == UInt8(ascii: "\"") {
            return try JSONString.skip(line, at: &index)
        }
        if skipWord("null", line, at: &index) { return nil }
        throw LineError(.badStreamName, "expected a string, found \(found(line, at: index))")
    }

    /// Reads a time: a number, a string or null.
    ///
    /// - Throws: ``LineError`` when it is none.
    static func readTime(_ line: Span<UInt8>, at index: inout Int) throws(LineError) -> Double? {
        let start = index
        if index < line.count && line[index] == UInt8(ascii: "\"") {
            let text = try JSONString.skip(line, at: &index)
            if let seconds = TimeText.seconds(of: line.extracting(text)) { return seconds }
        } else if skipWord("null", line, at: &index) {
            return nil
        } else if let seconds = DecimalNumber.read(line, at: &index, .json), isEndOfValue(line, at: index) {
            if seconds.isFinite { return seconds }
        }
        if start < line.count && (line[start] == UInt8(ascii: "{") || line[start] == UInt8(ascii: "[")) {
            throw LineError(.badSyntax, "a time cannot be an object or an array")
        }
        throw LineError(.badTime, "neither epoch seconds nor RFC 3339: \(found(line, at: start))")
    }

    /// Reads a producer's number of a sample; nil for null.
    ///
    /// - Throws: ``LineError`` when it is not a whole number from 0 to 2⁶⁴ − 1.
    static func readSequence(_ line: Span<UInt8>, at index: inout Int) throws(LineError) -> UInt64? {
        if skipWord("null", line, at: &index) { return nil }
        let start = index
        var number: UInt64 = 0
        while index < line.count, case let digit = line[index] &- UInt8(ascii: "0"), digit <= 9 {
            let (product, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            if overflow || carry { break }
            number = sum
            index += 1
        }
        guard index > start && isEndOfValue(line, at: index) else {
            throw LineError(.badNumber, "expected a whole number below 2^64, found \(found(line, at: start))")
        }
        return number
    }

    /// Reads the value of a channel: a number, or null for a missing one.
    ///
    /// - Throws: ``LineError`` when it is not a finite number.
    static func readValue(_ line: Span<UInt8>, at index: inout Int) throws(LineError) -> Double {
        if let value = usableValue(line, at: &index) { return value }
        let start = index
        if let number = DecimalNumber.read(line, at: &index, .json), isEndOfValue(line, at: index),
            !number.isFinite
        {
            throw LineError(.notFinite, "too large for a double: \(found(line, at: start))")
        }
        index = start
        if skipWord("Infinity", line, at: &index) || skipWord("-Infinity", line, at: &index) {
            throw LineError(.notFinite, "an infinite value cannot be learned from")
        }
        guard start < line.count else {
            throw LineError(.badSyntax, "the line ends where a value is expected")
        }
        switch line[start] {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            throw LineError(.badSyntax, "a value cannot be an object or an array; name channels in one level")
        case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"):
            throw LineError(.badSyntax, "a value is expected before \(found(line, at: start))")
        default:
            throw LineError(.badNumber, "not a number or null: \(found(line, at: start))")
        }
    }

    /// Reads the value of a channel, if it is a finite number, or null for a missing one.
    ///
    /// - Returns: Nil when it is not, and then `index` stays.
    @inline(__always)
    static func usableValue(_ line: Span<UInt8>, at index: inout Int) -> Double? {
        let start = index
        if let number = DecimalNumber.read(line, at: &index, .json), isEndOfValue(line, at: index),
            number.isFinite
        {
            return number
        }
        index = start
        return missingValue(line, at: &index)
    }

    @inline(never)
    private static func missingValue(_ line: Span<UInt8>, at index: inout Int) -> Double? {
        // NaN is not JSON, but what Python's json module writes for it.
        skipWord("null", line, at: &index) || skipWord("NaN", line, at: &index)
            || skipWord("nan", line, at: &index) ? .nan : nil
    }

    private static func isEndOfValue(_ line: Span<UInt8>, at index: Int) -> Bool {
        if index == line.count { return true }
        switch line[index] {
        case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: " "), 0x09, 0x0D:
            return true
        default: return false
        }
    }

    private static func skipSpace(_ line: Span<UInt8>, at index: inout Int) {
        while index < line.count
            && (line[index] == UInt8(ascii: " ") || line[index] == 0x09 || line[index] == 0x0D)
        {
            index += 1
        }
    }

    private static func skipWord(_ word: StaticString, _ line: Span<UInt8>, at index: inout Int) -> Bool {
        let end = index + word.utf8CodeUnitCount
        guard end <= line.count, line.extracting(index..<end).equals(word), isEndOfValue(line, at: end) else {
            return false
        }
        index = end
        return true
    }

    private static func found(_ line: Span<UInt8>, at index: Int) -> String {
        index < line.count ? String(excerptOf: index..<line.count, in: line) : "the end of the line"
    }
}
