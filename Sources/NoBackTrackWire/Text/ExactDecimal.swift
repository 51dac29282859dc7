/// A decimal of any length, compared exactly with the middles between doubles.
///
///     (1)  the decimal is D · 10^E; of D more than 800 digits only matter by not being zero, for no middle between
///          two doubles has more than 768
///     (2)  the middle between m · 2^k and (m + 1) · 2^k is (2m + 1) · 2^(k − 1)
///     (3)  D · 10^E > (2m + 1) · 2^(k − 1), with 5^E on the left or 5^−E on the right, and what is left of
///          the powers of two on one side, compares whole numbers
struct ExactDecimal {
    private static let maxDigits = 800

    /// D, without digits past the limit.
    private var digits: WideNatural
    /// E.
    private var exponent: Int
    /// Whether a digit past the limit is not zero.
    private var isMore = false

    /// The decimal significand · 10^exponent.
    init(_ significand: UInt64, _ exponent: Int) {
        digits = WideNatural(significand)
        self.exponent = exponent
    }

    /// The decimal that `decimal` was made from.
    ///
    /// - Parameter text: The digits that it was made from; with those after the first 19, more than 19 count.
    init(_ decimal: LongDecimal, digits text: Span<UInt8>) {
        digits = WideNatural(0)
        exponent = decimal.exponent + 19 - min(decimal.digitCount, Self.maxDigits)
        var taken = 0
        var part: UInt64 = 0
        var scale: UInt64 = 1
        for place in decimal.firstDigit..<text.count where text[place] != UInt8(ascii: ".") {
            let digit = UInt64(text[place] - UInt8(ascii: "0"))
            if taken == Self.maxDigits {
                if digit != 0 {
                    isMore = true
                    break
                }
                continue
            }
            taken += 1
            part = part * 10 + digit
            scale *= 10
            if scale == 10_000_000_000_000_000_000 || taken == Self.maxDigits {
                digits.multiply(by: scale, adding: part)
                (part, scale) = (0, 1)
            }
        }
        if scale > 1 { digits.multiply(by: scale, adding: part) }
    }

    /// The double nearest to the decimal, which is not zero, ties to even.
    ///
    /// - Parameter guess: A double close to it, not negative; the closer, the quicker.
    func nearest(from guess: Double) -> Double {
        // The bits of doubles that are not negative are in their order, and infinity follows the largest.
        var bits = min(guess.bitPattern, Double.greatestFiniteMagnitude.bitPattern)
        while bits < Double.infinity.bitPattern, isAbove(middleAfter: bits) { bits += 1 }
        while bits > 0, !isAbove(middleAfter: bits - 1) { bits -= 1 }
        return Double(bitPattern: bits)
    }

    /// Whether the decimal rounds to more than the double of these bits, were it this one or the next.
    private func isAbove(middleAfter bits: UInt64) -> Bool {
        let field = Int(bits >> 52)
        let fraction = bits & (1 << 52 - 1)
        let mantissa = field == 0 ? fraction : fraction | 1 << 52
        var left = digits
        var right = WideNatural(2 * mantissa + 1)
        if exponent >= 0 {
            left.multiply(byPowerOfFive: exponent)
        } else {
            right.multiply(byPowerOfFive: -exponent)
        }
        let shift = exponent - (max(field, 1) - 1076)
        if shift >= 0 { left.shift(by: shift) } else { right.shift(by: -shift) }
        if left == right { return isMore || bits & 1 == 1 }
        return right < left
    }
}
