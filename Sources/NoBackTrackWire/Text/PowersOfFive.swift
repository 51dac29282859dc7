/// 128 bits of every power of five that a decimal near the range of a double needs, the highest bit set.
///
/// With b the number of bits of 5^|q|:
///
///     (1)  q ≥ 0:          ⌊5^q · 2^(128 − b)⌋
///     (2)  −27 ≤ q < 0:    ⌊2^(127 + b) / 5^|q|⌋ + 1, so that a quotient that ends is not missed from below
///     (3)  q < −27:        ⌊2^(127 + b) / 5^|q|⌋
enum PowersOfFive {
    /// The exponents in the table: beyond them 64 bits times the power of ten are zero or infinite.
    static let exponents = -342...308

    /// The power for an exponent in the table.
    @inline(__always)
    static subscript(exponent: Int) -> (high: UInt64, low: UInt64) {
        table[exponent - exponents.lowerBound]
    }

    /// Made with whole numbers, once, in some 20 µs.
    private static let table: [(high: UInt64, low: UInt64)] = {
        var table: [(high: UInt64, low: UInt64)] = []
        table.reserveCapacity(exponents.count)
        // ⌊⌊x / 5⌋ / 5⌋ = ⌊x / 25⌋: 2¹⁰²³ over 5³⁴² has 229 bits, more than are kept.
        var limbs = [UInt64](repeating: 0, count: 16)
        limbs[15] = 1 << 63
        for exponent in stride(from: -1, through: exponents.lowerBound, by: -1) {
            var remainder: UInt64 = 0
            for place in limbs.indices.reversed() {
                (limbs[place], remainder) = UInt64(5).dividingFullWidth((remainder, limbs[place]))
            }
            var power = highest128Bits(of: limbs)
            if exponent >= -27 {
                power.low &+= 1
                if power.low == 0 { power.high += 1 }
            }
            table.append(power)
        }
        table.reverse()
        limbs = [UInt64](repeating: 0, count: 13)
        limbs[0] = 1
        for _ in 0...exponents.upperBound {
            table.append(highest128Bits(of: limbs))
            var carry: UInt64 = 0
            for place in limbs.indices {
                let (high, low) = limbs[place].multipliedFullWidth(by: 5)
                let (sum, overflow) = low.addingReportingOverflow(carry)
                limbs[place] = sum
                carry = high + (overflow ? 1 : 0)
            }
        }
        return table
    }()

    /// The bits of a number from the highest that is set on, zeros behind them if there are fewer than 128.
    private static func highest128Bits(of limbs: [UInt64]) -> (high: UInt64, low: UInt64) {
        var top = limbs.count - 1
        while limbs[top] == 0 { top -= 1 }
        let shift = UInt64(limbs[top].leadingZeroBitCount)
        let (first, second, third) = (
            limbs[top], top > 0 ? limbs[top - 1] : 0, top > 1 ? limbs[top - 2] : 0
        )
        return (first << shift | second >> (64 - shift), second << shift | third >> (64 - shift))
    }
}
