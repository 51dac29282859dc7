/// Decimal text to the nearest double, ties to even, as `strtod` does it in the C locale.
///
/// A decimal is w · 10^q with a whole number w. Three ways, the quickest that is exact is taken; none allocates:
///
///     (1)  w ≤ 2⁵³, |q| ≤ 22:    w and 10^|q| are doubles, so one product or quotient rounds once
///                                (W. D. Clinger, "How to read floating point numbers accurately", PLDI 1990)
///     (2)  w < 10¹⁹:             64 bits of w times 128 bits of 5^q leave no doubt about the 53 bits that are
///                                wanted, nearly always (D. Lemire, "Number parsing at a gigabyte per second",
///                                Software: Practice and Experience 51, 2021, doi:10.1002/spe.2984)
///     (3)  all others:           (2) of the first 19 digits, and of one more in the last of them, when the two agree;
///                                else whole numbers of as many bits as it takes (``ExactDecimal``)
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
        readShort(bytes, at: &index, grammar) ?? readAny(bytes, at: &index, grammar)
    }

    /// Reads a number such as `-20.125`: up to eight digits before a point and up to eight behind it, no power, and
    /// not at the very end of the bytes.
    ///
    /// Where the number ends is what all that follows has to wait for, so it is found in one step, for all lengths.
    ///
    /// - Returns: Nil when it is not so short, or none, and then `index` stays.
    @inline(__always)
    private static func readShort(_ bytes: Span<UInt8>, at index: inout Int, _ grammar: Grammar) -> Double? {
        // Room for a sign, eight digits, a point, and the word that has the digits after it.
        guard bytes.count &- index >= 24 else { return nil }
        let low = bytes.fullWord(at: index)
        let sign = UInt8(truncatingIfNeeded: low)
        let isNegative = sign == UInt8(ascii: "-")
        let isSigned = isNegative || sign == UInt8(ascii: "+") && grammar == .relaxed
        let start = index &+ (isSigned ? 1 : 0)
        // A bit for every byte that is no digit, from `start` on; the last is one that is always there.
        var others =
            (low.otherThanDigits | bytes.fullWord(at: index &+ 8).otherThanDigits << 8 | 1 << 16)
            &>> (isSigned ? 1 : 0)
        let integerDigits = others.trailingZeroBitCount
        guard integerDigits >= 1 && integerDigits <= 8 else { return nil }
        if grammar == .json && integerDigits > 1 && bytes[unchecked: start] == UInt8(ascii: "0") {
            return nil
        }
        var significand = bytes.fullWord(at: start).number(ofDigits: integerDigits)
        var end = start &+ integerDigits
        var fractionDigits = 0
        if bytes[unchecked: end] == UInt8(ascii: ".") {
            others &= others &- 1
            fractionDigits = others.trailingZeroBitCount &- integerDigits &- 1
            guard fractionDigits >= 1 && fractionDigits <= 8 else { return nil }
            significand =
                significand &* smallPowersOfTen[fractionDigits]
                &+ bytes.fullWord(at: end &+ 1).number(ofDigits: fractionDigits)
            end &+= 1 &+ fractionDigits
            // The bit that is always there may stand for a digit.
            guard end &- index < 16 else { return nil }
        }
        if bytes[unchecked: end] | 0x20 == UInt8(ascii: "e") { return nil }
        index = end
        return signed(nearest(significand, 0 &- fractionDigits), isNegative)
    }

    @inline(__always)
    private static func signed(_ magnitude: Double, _ isNegative: Bool) -> Double {
        Double(bitPattern: magnitude.bitPattern | (isNegative ? 1 << 63 : 0))
    }

    /// Reads a number of any length.
    @inline(never)
    private static func readAny(_ bytes: Span<UInt8>, at index: inout Int, _ grammar: Grammar) -> Double? {
        // Signs of a sensor come at random: no branch on them.
        let sign = UInt8(truncatingIfNeeded: bytes.word(at: index))
        let isNegative = sign == UInt8(ascii: "-")
        let isSigned = isNegative || sign == UInt8(ascii: "+") && grammar == .relaxed
        let integerStart = index &+ (isSigned ? 1 : 0)
        var place = integerStart
        var word = bytes.word(at: place)
        var significand: UInt64 = 0
        readDigits(bytes, at: &place, &word, into: &significand)
        let integerDigits = place &- integerStart
        if grammar == .json {
            if integerDigits == 0 { return nil }
            if integerDigits > 1 && bytes[unchecked: integerStart] == UInt8(ascii: "0") { return nil }
        }

        var fractionDigits = 0
        if UInt8(truncatingIfNeeded: word) == UInt8(ascii: ".") {
            place &+= 1
            word = bytes.word(at: place)
            let fractionStart = place
            readDigits(bytes, at: &place, &word, into: &significand)
            fractionDigits = place &- fractionStart
            if fractionDigits == 0 && (grammar == .json || integerDigits == 0) { return nil }
        } else if integerDigits == 0 {
            return nil
        }
        let digitsEnd = place

        var power = 0
        if UInt8(truncatingIfNeeded: word) | 0x20 == UInt8(ascii: "e") {
            place += 1
            guard let written = readExponent(bytes, at: &place) else { return nil }
            power = written
        }
        index = place

        let magnitude: Double
        if integerDigits &+ fractionDigits <= 19 {
            magnitude = nearest(significand, power &- fractionDigits)
        } else {
            magnitude = nearest(
                digits: bytes.extracting(unchecked: integerStart..<digitsEnd), fractionDigits: fractionDigits,
                power: power)
        }
        return signed(magnitude, isNegative)
    }

    /// Appends digits to a number, which overflows silently past 19 of them, and moves `place` behind them.
    ///
    /// - Parameter word: The word at `place`, before and after.
    @inline(__always)
    private static func readDigits(
        _ bytes: Span<UInt8>, at place: inout Int, _ word: inout UInt64, into number: inout UInt64
    ) {
        while true {
            let count = word.leadingDigitCount
            if count == 0 { return }
            number = number &* smallPowersOfTen[count] &+ word.number(ofDigits: count)
            place &+= count
            word = count < 8 ? word &>> UInt64(8 &* count) : bytes.word(at: place)
            if count < 8 { return }
        }
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
            if power < 1_000_000_000_000 { power = power * 10 + Int(digit) }
            place += 1
        }
        if place == start { return nil }
        return isNegative ? -power : power
    }

    /// The double nearest to significand · 10^exponent.
    @inline(__always)
    private static func nearest(_ significand: UInt64, _ exponent: Int) -> Double {
        if significand <= 1 << 53 && exponent >= -22 && exponent <= 22 {
            let number = Double(Int64(bitPattern: significand))
            return exponent < 0 ? number / powersOfTen[-exponent] : number * powersOfTen[exponent]
        }
        return farNearest(significand, exponent)
    }

    @inline(never)
    private static func farNearest(_ significand: UInt64, _ exponent: Int) -> Double {
        let guess = LemireProduct(significand, exponent)
        if guess.isCertain { return guess.nearest }
        return ExactDecimal(significand, exponent).nearest(from: guess.nearest)
    }

    /// The double nearest to more than 19 digits.
    ///
    /// - Parameters:
    ///   - digits: The digits, perhaps with a point among them.
    ///   - fractionDigits: How many digits follow the point.
    ///   - power: The power of ten that was written.
    @inline(never)
    private static func nearest(digits: Span<UInt8>, fractionDigits: Int, power: Int) -> Double {
        let decimal = LongDecimal(digits: digits, fractionDigits: fractionDigits, power: power)
        if decimal.digitCount <= 19 { return nearest(decimal.significand, decimal.exponent) }
        let guess = LemireProduct(decimal.significand, decimal.exponent)
        let above = LemireProduct(decimal.significand + 1, decimal.exponent)
        if guess.isCertain && above.isCertain && guess.nearest == above.nearest { return guess.nearest }
        return ExactDecimal(decimal, digits: digits).nearest(from: guess.nearest)
    }

    private static let smallPowersOfTen: [UInt64] = [
        1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000,
    ]

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
        1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}
