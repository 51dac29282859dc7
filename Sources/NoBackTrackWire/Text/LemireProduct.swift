/// The double nearest to w · 10^q, from the upper 128 bits of w · 5^q.
///
/// As in D. Lemire, "Number parsing at a gigabyte per second", Software: Practice and Experience 51, 2021
/// (arXiv 2101.11408), Algorithm 1:
///
///     (1)  w · 2^l has its highest bit set; T[q] is 5^q, cut to 128 bits with the highest set
///     (2)  z = the upper 128 bits of w · 2^l · T[q]; the lower half of T[q] is looked at only when 9 bits below
///          the ones wanted are all set, so that a carry could come through
///     (3)  54 bits of z, one below the ones wanted, are rounded to even; a tie, whose bits below are all zero,
///          can only be where −4 ≤ q ≤ 23
///     (4)  not certain: the lower half of z is all ones, and T[q] is not exact
struct LemireProduct {
    /// The double; the nearest when ``isCertain``, else a neighbour at most one away.
    var nearest: Double
    /// Whether rounding was beyond doubt.
    var isCertain = true

    /// The product for w = `significand` and q = `exponent`.
    init(_ significand: UInt64, _ exponent: Int) {
        if significand == 0 || exponent < PowersOfFive.exponents.lowerBound {
            nearest = 0
            return
        }
        if exponent > PowersOfFive.exponents.upperBound {
            nearest = .infinity
            return
        }
        let shift = significand.leadingZeroBitCount
        let normal = significand &<< UInt64(shift)
        let power = PowersOfFive[exponent]
        var (high, low) = normal.multipliedFullWidth(by: power.high)
        if high & 0x1FF == 0x1FF {
            let (carry, _) = normal.multipliedFullWidth(by: power.low)
            let (sum, overflow) = low.addingReportingOverflow(carry)
            low = sum
            if overflow { high &+= 1 }
            isCertain = low != .max || (-27...55).contains(exponent)
        }

        let upperBit = Int(high >> 63)
        var mantissa = high >> UInt64(upperBit + 9)
        // ⌊q · log₂ 10⌋ + 63, as (217706 · q) / 2¹⁶ is right for all q in the table.
        var biased = ((217_706 * exponent) >> 16) + 63 + upperBit - shift + 1023
        if biased <= 0 {
            // Less than the smallest normal number: fewer bits are left, and no tie can be.
            if biased <= -63 {
                nearest = 0
                return
            }
            mantissa >>= UInt64(1 - biased)
            mantissa = (mantissa + (mantissa & 1)) >> 1
            // Rounding up to 2⁵² gives the smallest normal number, whose bits these are.
            nearest = Double(bitPattern: mantissa)
            return
        }
        if low <= 1 && (-4...23).contains(exponent) && mantissa & 3 == 1
            && mantissa << UInt64(upperBit + 9) == high
        {
            mantissa &= ~1
        }
        mantissa = (mantissa + (mantissa & 1)) >> 1
        if mantissa >= 1 << 53 {
            mantissa = 1 << 52
            biased += 1
        }
        nearest =
            biased >= 0x7FF
            ? .infinity : Double(bitPattern: UInt64(biased) << 52 | (mantissa & ~(1 << 52)))
    }
}
