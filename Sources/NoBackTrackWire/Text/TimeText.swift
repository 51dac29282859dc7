/// Text to seconds since 1970 (UTC, without leap seconds).
enum TimeText {
    /// Reads epoch seconds, or a date and time as in RFC 3339.
    ///
    /// Looser than RFC 3339 in what loggers write: a space for the `T`, no zone (it is UTC then), no seconds,
    /// or the date alone.
    ///
    /// - Returns: Nil when the whole text is not a time.
    static func seconds(of text: Span<UInt8>) -> Double? {
        var place = 0
        if let number = DecimalNumber.read(text, at: &place, .relaxed), place == text.count {
            return number.isFinite ? number : nil
        }
        place = 0
        guard let days = readDate(text, at: &place) else { return nil }
        if place == text.count { return Double(days * 86_400) }
        guard take("T", text, at: &place) || take("t", text, at: &place) || take(" ", text, at: &place) else {
            return nil
        }
        return seconds(days: days, clock: text.extracting(place..<text.count))
    }

    /// Reads a date and a time of day that stand apart.
    ///
    /// - Returns: Nil when they are not that.
    static func seconds(date: Span<UInt8>, clock: Span<UInt8>) -> Double? {
        var place = 0
        guard let days = readDate(date, at: &place), place == date.count else { return nil }
        return seconds(days: days, clock: clock)
    }

    private static func seconds(days: Int, clock: Span<UInt8>) -> Double? {
        var place = 0
        guard let (daySeconds, fraction) = readClock(clock, at: &place),
            let zone = readZone(clock, at: &place), place == clock.count
        else { return nil }
        return Double(days * 86_400 + daySeconds - zone) + fraction
    }

    /// Reads `YYYY-MM-DD` as days since 1970-01-01.
    private static func readDate(_ text: Span<UInt8>, at place: inout Int) -> Int? {
        guard let year = readDigits(4, text, at: &place), take("-", text, at: &place),
            let month = readDigits(2, text, at: &place), (1...12).contains(month),
            take("-", text, at: &place),
            let day = readDigits(2, text, at: &place), day >= 1, day <= length(ofMonth: month, year)
        else { return nil }
        return days(year, month, day)
    }

    /// Reads `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fraction`.
    private static func readClock(_ text: Span<UInt8>, at place: inout Int) -> (Int, Double)? {
        guard let hour = readDigits(2, text, at: &place), hour < 24, take(":", text, at: &place),
            let minute = readDigits(2, text, at: &place), minute < 60
        else { return nil }
        let seconds = hour * 3600 + minute * 60
        guard take(":", text, at: &place) else { return (seconds, 0) }
        // 60 is a leap second: the first second of the next minute in this count.
        guard let second = readDigits(2, text, at: &place), second <= 60 else { return nil }
        guard take(".", text, at: &place) else { return (seconds + second, 0) }
        var numerator = 0.0
        var denominator = 1.0
        let start = place
        while place < text.count, case let digit = text[place] &- UInt8(ascii: "0"), digit <= 9 {
            // Digits past the fifteenth are far below what a time of this century can hold.
            if place - start < 15 {
                numerator = numerator * 10 + Double(digit)
                denominator *= 10
            }
            place += 1
        }
        return place == start ? nil : (seconds + second, numerator / denominator)
    }

    /// Reads `Z`, `±hh:mm`, `±hhmm`, `±hh` or nothing, as seconds east of UTC.
    private static func readZone(_ text: Span<UInt8>, at place: inout Int) -> Int? {
        if place == text.count || take("Z", text, at: &place) || take("z", text, at: &place) { return 0 }
        let sign: Int
        if take("+", text, at: &place) {
            sign = 1
        } else if take("-", text, at: &place) {
            sign = -1
        } else {
            return nil
        }
        guard let hours = readDigits(2, text, at: &place), hours < 24 else { return nil }
        if place == text.count { return sign * hours * 3600 }
        _ = take(":", text, at: &place)
        guard let minutes = readDigits(2, text, at: &place), minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }

    private static func readDigits(_ count: Int, _ text: Span<UInt8>, at place: inout Int) -> Int? {
        guard place + count <= text.count else { return nil }
        var number = 0
        for offset in place..<place + count {
            let digit = text[offset] &- UInt8(ascii: "0")
            if digit > 9 { return nil }
            number = number * 10 + Int(digit)
        }
        place += count
        return number
    }

    private static func take(_ character: Unicode.Scalar, _ text: Span<UInt8>, at place: inout Int) -> Bool {
        guard place < text.count && text[place] == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    private static func length(ofMonth month: Int, _ year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 in the Gregorian calendar, for years from 0: years are counted from March, so that
    /// the leap day is a year's last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let marchYear = month > 2 ? year : year - 1
        let marchMonth = (month + 9) % 12
        let leapDays =
            floorQuotient(marchYear, 4) - floorQuotient(marchYear, 100) + floorQuotient(marchYear, 400)
        return marchYear * 365 + leapDays + (marchMonth * 153 + 2) / 5 + day - 719_469
    }

    private static func floorQuotient(_ dividend: Int, _ divisor: Int) -> Int {
        dividend >= 0 ? dividend / divisor : -((-dividend + divisor - 1) / divisor)
    }
}
