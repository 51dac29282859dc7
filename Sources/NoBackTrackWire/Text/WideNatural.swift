/// A whole number of up to 3072 bits, in place.
struct WideNatural: Comparable {
    /// From the lowest; those past ``count`` are zero.
    private var limbs = InlineArray<48, UInt64>(repeating: 0)
    /// How many limbs there are up to the highest that is not zero.
    private var count = 0

    /// A number of one limb.
    init(_ number: UInt64) {
        limbs[0] = number
        count = number == 0 ? 0 : 1
    }

    /// Multiplies, then adds.
    mutating func multiply(by factor: UInt64, adding summand: UInt64 = 0) {
        var carry = summand
        for place in 0..<count {
            let (high, low) = limbs[place].multipliedFullWidth(by: factor)
            let (sum, overflow) = low.addingReportingOverflow(carry)
            limbs[place] = sum
            carry = high + (overflow ? 1 : 0)
        }
        if carry != 0 {
            limbs[count] = carry
            count += 1
        }
    }

    /// Multiplies by 5^power; `power` is not negative.
    mutating func multiply(byPowerOfFive power: Int) {
        var rest = power
        // 5²⁷ is the highest power in 64 bits.
        while rest >= 27 {
            multiply(by: 7_450_580_596_923_828_125)
            rest -= 27
        }
        var factor: UInt64 = 1
        for _ in 0..<rest { factor *= 5 }
        multiply(by: factor)
    }

    /// Multiplies by 2^bits; `bits` is not negative.
    mutating func shift(by bits: Int) {
        if count == 0 { return }
        let whole = bits / 64
        if whole > 0 {
            var place = count
            while place > 0 {
                place -= 1
                limbs[place + whole] = limbs[place]
            }
            for place in 0..<whole { limbs[place] = 0 }
            count += whole
        }
        if bits % 64 > 0 { multiply(by: 1 << UInt64(bits % 64)) }
    }

    static func == (left: WideNatural, right: WideNatural) -> Bool {
        if left.count != right.count { return false }
        for place in 0..<left.count where left.limbs[place] != right.limbs[place] { return false }
        return true
    }

    static func < (left: WideNatural, right: WideNatural) -> Bool {
        if left.count != right.count { return left.count < right.count }
        var place = left.count
        while place > 0 {
            place -= 1
            if left.limbs[place] != right.limbs[place] { return left.limbs[place] < right.limbs[place] }
        }
        return false
    }
}
