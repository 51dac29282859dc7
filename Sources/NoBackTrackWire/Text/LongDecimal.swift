/// A decimal of many digits: its first 19 digits as a number, and where the digits that count are.
struct LongDecimal {
    /// The first digits that count, 19 at most, as a number; zero when no digit counts.
    var significand: UInt64 = 0
    /// The power of ten that goes with ``significand``.
    var exponent: Int
    /// How many digits there are from the first that is not zero on.
    var digitCount: Int
    /// Where the first digit that is not zero stands.
    var firstDigit = 0

    /// - Parameters:
    ///   - digits: The digits, perhaps with a point among them.
    ///   - fractionDigits: How many digits follow the point.
    ///   - power: The power of ten that was written.
    init(digits: Span<UInt8>, fractionDigits: Int, power: Int) {
        while firstDigit < digits.count
            && (digits[firstDigit] == UInt8(ascii: "0") || digits[firstDigit] == UInt8(ascii: "."))
        {
            firstDigit += 1
        }
        digitCount = 0
        for place in firstDigit..<digits.count where digits[place] != UInt8(ascii: ".") {
            if digitCount < 19 { significand = significand * 10 + UInt64(digits[place] - UInt8(ascii: "0")) }
            digitCount += 1
        }
        exponent = power - fractionDigits + max(digitCount - 19, 0)
    }
}
