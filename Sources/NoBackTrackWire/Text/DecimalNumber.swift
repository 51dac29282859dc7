/// Decimal text to the nearest double, ties to even, as `strtod` does it in the C locale.
///
/// A decimal is w · 10^e with a whole number w. Three ways, the quickest that is exact is taken:
///
///     (1)  w ≤ 2⁵³, |e| ≤ 22:        w and 10^|e| are doubles, so one product or quotient rounds once (Clinger 1990)
///     (2)  w < 10¹⁹, |e| ≤ 27:       5^|e| < 2⁶³, so w · 5^e has at most 128 bits, and 64 bits of a quotient with
///                                    a bit for the rest round as the whole quotient would; 2^e is exact
///     (3)  all others:               the standard library, on the text
enum DecimalNumber {
    /// Which spellings are numbers.
    enum Grammar {
        /// JSON's: no plus sign, no leading zeros, digits on both sides of the point.
        case json
        /// Also `+1`, `007`, `.5` and `1.`.
        case relaxed
    }

    /// Reads the number that starts at `index`, and moves `index` behind it.
    ///
    /// - Returns: The number, infinite when it is too large for a double; nil when there is none, and then
    ///   `index` stays. What follows the number is the caller's to judge.
    static func read(_ bytes: Span<UInt8>, at index: inout Int, _ grammar: Grammar) -> Double? {
        let start = index
        let end = bytes.count
        var place = start
        var isNegative = false
        if place < end {
            if bytes[place] == UInt8(ascii: "-") {
                isNegative = true
                place += 1
            } else if bytes[place] == UInt8(ascii: "+") && grammar == .relaxed {
                place += 1
            }
        }
        var significand: UInt64 = 0
        var exponent = 0
        var isExact = true

        let integerStart = place
        while place < end {
            let digit = bytes[place] &- UInt8(ascii: "0")
            if digit > 9 { break }
            if significand < 1_000_000_000_000_000_000 {
                significand = significand &* 10 &+ UInt64(digit)
            } else {
                exponent += 1
                if digit != 0 { isExact = false }
            }
            place += 1
        }
        let integerDigits = place - integerStart
        if grammar == .json {
            if integerDigits == 0 { return nil }
            if integerDigits > 1 && bytes[integerStart] == UInt8(ascii: "0") { return nil }
        }

        if place < end && bytes[place] == UInt8(ascii: ".") {
            place += 1
            let fractionStart = place
            while place < end {
                let digit = bytes[place] &- UInt8(ascii: "0")
                if digit > 9 { break }
                if significand < 1_000_000_000_000_000_000 {
                    significand = significand &* 10 &+ UInt64(digit)
                    exponent -= 1
                } else if digit != 0 {
                    isExact = false
                }
                place += 1
            }
            if place == fractionStart && (grammar == .json || integerDigits == 0) { return nil }
        } else if integerDigits == 0 {
            return nil
        }

        if place < end && bytes[place] | 0x20 == UInt8(ascii: "e") {
            place += 1
            guard let power = readExponent(bytes, at: &place) else { return nil }
            exponent += power
        }

        index = place
        if significand == 0 { return isNegative ? -0.0 : 0.0 }
        if isExact, let magnitude = nearest(significand, exponent) {
            return isNegative ? -magnitude : magnitude
        }
        return Double(String(copying: bytes.extracting(start..<place)))
    }

    /// Reads the exponent after its `e`; nil when it has no digit. Clipped where any number is 0 or infinite.
    private static func readExponent(_ bytes: Span<UInt8>, at place: inout Int) -> Int? {
        var isNegative = false
        if place < bytes.count && (bytes[place] == UInt8(ascii: "-") || bytes[place] == UInt8(ascii: "+")) {
            isNegative = bytes[place] == UInt8(ascii: "-")
            place += 1
        }
        let start = place
        var power = 0
        while place < bytes.count {
            let digit = bytes[place] &- UInt8(ascii: "0")
            if digit > 9 { break }
            if power < 1_000_000_000 { power = power * 10 + Int(digit) }
            place += 1
        }
        if place == start { return nil }
        return isNegative ? -power : power
    }

    /// The double nearest to significand · 10^exponent, by (1) or (2); nil when neither is exact.
    private static func nearest(_ significand: UInt64, _ exponent: Int) -> Double? {
        if significand <= 1 << 53 && exponent.magnitude <= 22 {
            let power = powersOfTen[Int(exponent.magnitude)]
            let number = Double(Int64(significand))
            return exponent < 0 ? number / power : number * power
        }
        guard exponent.magnitude <= 27 else { return nil }
        let power = powersOfFive[Int(exponent.magnitude)]
        return exponent < 0 ? quotient(significand, power, exponent) : product(significand, power, exponent)
    }

    /// The double nearest to significand · power · 2^exponent.
    private static func product(_ significand: UInt64, _ power: UInt64, _ exponent: Int) -> Double {
        let (high, low) = significand.multipliedFullWidth(by: power)
        if high == 0 { return scaled(low, exponent) }
        // The upper 64 bits; what is cut off leaves a bit that decides ties.
        let shift = high.leadingZeroBitCount
        let top = shift == 0 ? high : high << shift | low >> (64 - shift)
        let rest = low << shift
        return scaled(rest == 0 ? top : top | 1, exponent + 64 - shift)
    }

    /// The double nearest to significand / power · 2^exponent; neither is zero.
    private static func quotient(_ significand: UInt64, _ power: UInt64, _ exponent: Int) -> Double {
        let shift = significand.leadingZeroBitCount
        let powerShift = power.leadingZeroBitCount
        let dividend = significand << shift
        // Half the dividend above the divisor's 64 bits, so that the quotient has 63 or 64 bits.
        let (quotient, remainder) = (power << powerShift)
            .dividingFullWidth((dividend >> 1, dividend << 63))
        return scaled(remainder == 0 ? quotient : quotient | 1, exponent - 63 + powerShift - shift)
    }

    /// The double nearest to number · 2^exponent, for results far from the limits of a double.
    private static func scaled(_ number: UInt64, _ exponent: Int) -> Double {
        Double(number) * Double(sign: .plus, exponent: exponent, significand: 1)
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
        1e18,
        1e19, 1e20, 1e21, 1e22,
    ]

    private static let powersOfFive: [UInt64] = (0...27).map { count in
        (0..<count).reduce(1) { power, _ in power * 5 }
    }
}
