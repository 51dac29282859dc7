/// A line of InfluxDB line protocol: `measurement,tag=value field=1,other=2 timestamp`.
enum InfluxLine {
    /// Whether a line is so written, judged by all before its second field; to tell formats apart.
    static func matches(_ line: Span<UInt8>) -> Bool {
        var index = 0
        let series = InfluxSeries.skip(line, at: &index, until: " ")
        guard InfluxSeries(line.extracting(series)) != nil else { return false }
        skipSpace(line, at: &index)
        let key = InfluxSeries.skip(line, at: &index, until: ",", "=", " ")
        guard !key.isEmpty && index < line.count && line[index] == UInt8(ascii: "=") else { return false }
        index += 1
        do throws(LineError) {
            if index < line.count && line[index] == UInt8(ascii: "\"") {
                try skipString(line, at: &index)
            } else {
                _ = try readValue(line, at: &index)
            }
        } catch {
            return error.code == .notFinite
        }
        return true
    }

    /// Reads a line, whatever its shape.
    ///
    /// - Throws: ``LineError``; `values` may have grown then.
    static func read(
        _ line: Span<UInt8>, into draft: inout LineDraft, values: inout [Double]
    ) throws(LineError) {
        var index = 0
        draft.stream = InfluxSeries.skip(line, at: &index, until: " ")
        guard index < line.count else {
            throw LineError(.badSyntax, "expected measurement field=value, found \(found(line, at: 0))")
        }
        skipSpace(line, at: &index)
        var textStart = 0
        while true {
            let key = InfluxSeries.skip(line, at: &index, until: ",", "=", " ")
            guard !key.isEmpty && index < line.count && line[index] == UInt8(ascii: "=") else {
                throw LineError(.badSyntax, "expected field=value, found \(found(line, at: key.lowerBound))")
            }
            index += 1
            let piece = line.extracting(textStart..<index)
            do throws(LineError) {
                if index < line.count && line[index] == UInt8(ascii: "\"") {
                    draft.template.append(piece, .text)
                    try skipString(line, at: &index)
                } else {
                    draft.template.append(piece, .channel)
                    draft.channels.append(key)
                    values.append(try readValue(line, at: &index))
                }
            } catch {
                throw error.about(String(excerptOf: key, in: line))
            }
            textStart = index
            if index == line.count || line[index] != UInt8(ascii: ",") { break }
            index += 1
        }
        if draft.channels.isEmpty { throw LineError(.badNumber, "no field of the line is a number") }
        skipSpace(line, at: &index)
        if index < line.count {
            draft.template.append(line.extracting(textStart..<index), .time)
            draft.time = try readTime(line, at: &index)
            textStart = index
            skipSpace(line, at: &index)
            if index < line.count {
                throw LineError(.badSyntax, "there is more after the timestamp: \(found(line, at: index))")
            }
        }
        draft.template.append(line.extracting(textStart..<line.count))
    }

    /// Reads the value of a field: `1.5`, `12i`, `12u`, `true`, `f`, …; booleans are 1 and 0.
    ///
    /// - Throws: ``LineError`` when it is not a finite number.
    static func readValue(_ line: Span<UInt8>, at index: inout Int) throws(LineError) -> Double {
        if let value = usableValue(line, at: &index) { return value }
        let start = index
        if let number = readNumber(line, at: &index), !number.isFinite {
            throw LineError(.notFinite, "too large for a double: \(found(line, at: start))")
        }
        let word = line.extracting(word(line, at: start))
        if FloatWord(word) == .infinite {
            throw LineError(.notFinite, "an infinite value cannot be learned from")
        }
        if word.isEmpty { throw LineError(.badSyntax, "a value is expected after =") }
        throw LineError(.badNumber, "not a number: \(found(line, at: start))")
    }

    /// Reads the value of a field, if it is a finite number, a boolean or NaN.
    ///
    /// - Returns: Nil when it is not, and then `index` stays.
    @inline(__always)
    static func usableValue(_ line: Span<UInt8>, at index: inout Int) -> Double? {
        let start = index
        if let number = readNumber(line, at: &index), number.isFinite { return number }
        index = start
        return readWord(line, at: &index)
    }

    /// Reads a number up to the end of its field; nil when there is none, and then `index` may have moved.
    @inline(__always)
    private static func readNumber(_ line: Span<UInt8>, at index: inout Int) -> Double? {
        guard let number = DecimalNumber.read(line, at: &index, .relaxed) else { return nil }
        if index < line.count && (line[index] == UInt8(ascii: "i") || line[index] == UInt8(ascii: "u")) {
            index += 1
        }
        return isEndOfValue(line, at: index) ? number : nil
    }

    /// Reads a boolean as 1 or 0, or NaN; nil when there is neither, and then `index` stays.
    @inline(never)
    private static func readWord(_ line: Span<UInt8>, at index: inout Int) -> Double? {
        let word = line.extracting(word(line, at: index))
        var value: Double?
        if word.equals("t") || word.equals("T") || word.equals("true") || word.equals("True")
            || word.equals("TRUE")
        {
            value = 1
        } else if word.equals("f") || word.equals("F") || word.equals("false") || word.equals("False")
            || word.equals("FALSE")
        {
            value = 0
        } else if FloatWord(word) == .notANumber {
            value = .nan
        }
        if value != nil { index += word.count }
        return value
    }

    /// What stands from `start` to the end of the field.
    private static func word(_ line: Span<UInt8>, at start: Int) -> Range<Int> {
        var end = start
        while !isEndOfValue(line, at: end) { end += 1 }
        return start..<end
    }

    /// Reads a timestamp in nanoseconds as seconds.
    ///
    /// - Throws: ``LineError`` when it is not a whole number of 64 bits.
    static func readTime(_ line: Span<UInt8>, at index: inout Int) throws(LineError) -> Double? {
        let start = index
        let isNegative = index < line.count && line[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        let digitsStart = index
        var nanoseconds: Int64 = 0
        while index < line.count, case let digit = line[index] &- UInt8(ascii: "0"), digit <= 9 {
            let (product, overflow) = nanoseconds.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int64(digit))
            if overflow || carry { break }
            nanoseconds = sum
            index += 1
        }
        guard index > digitsStart && (index == line.count || line[index] == UInt8(ascii: " ")) else {
            throw LineError(.badTime, "expected nanoseconds since 1970, found \(found(line, at: start))")
        }
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let magnitude = Double(seconds) + Double(rest) / 1e9
        return isNegative ? -magnitude : magnitude
    }

    /// Moves `index`, which is at an opening quote, behind the closing one.
    ///
    /// - Throws: ``LineError`` when there is none, or when something stands right behind it.
    static func skipString(_ line: Span<UInt8>, at index: inout Int) throws(LineError) {
        var place = index + 1
        while place < line.count && line[place] != UInt8(ascii: "\"") {
            place += line[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard place < line.count && isEndOfValue(line, at: place + 1) else {
            throw LineError(.badSyntax, "a string has no closing quote, or something behind it")
        }
        index = place + 1
    }

    private static func isEndOfValue(_ line: Span<UInt8>, at index: Int) -> Bool {
        index == line.count || line[index] == UInt8(ascii: ",") || line[index] == UInt8(ascii: " ")
    }

    private static func skipSpace(_ line: Span<UInt8>, at index: inout Int) {
        while index < line.count && line[index] == UInt8(ascii: " ") { index += 1 }
    }

    private static func found(_ line: Span<UInt8>, at index: Int) -> String {
        index < line.count ? String(excerptOf: index..<line.count, in: line) : "the end of the line"
    }
}
