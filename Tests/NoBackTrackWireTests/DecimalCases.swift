import Glibc

/// Texts of numbers that are hard to round, at random.
struct DecimalCases {
    /// What makes a text hard.
    enum Kind: CaseIterable {
        /// The shortest text of any double.
        case shortest
        /// 17 digits of any double.
        case seventeenDigits
        /// 21 digits of any double.
        case twentyOneDigits
        /// All digits, or nearly all, of any double.
        case manyDigits
        /// Digits at random with a point somewhere, near or beyond the limits too.
        case digits
        /// 64 bits times a power of ten.
        case sixtyFourBits
        /// What a sensor writes.
        case sensor
        /// The middle between two doubles, exactly or a little beside it.
        case halfway
        /// The middle between two doubles, cut to 15 … 22 digits.
        case cutHalfway
        /// Doubles too small to be normal, and the middles between them.
        case subnormal
        /// Whole numbers around 2⁵³ times a power of two.
        case neighbourhood
        /// Zeros in front, in the midst and behind.
        case zeros
        /// Around the largest and the smallest double, and where numbers become infinite or zero.
        case border
    }

    private var random: SplitMix
    /// The text, with a zero behind it as C wants it.
    private(set) var text: [UInt8] = []

    /// The cases of a seed.
    init(seed: UInt64) {
        random = SplitMix(state: seed)
    }

    /// Makes the next text.
    ///
    /// - Returns: of what kind it is.
    mutating func advance() -> Kind {
        let kind = Kind.allCases[below(Kind.allCases.count)]
        text.removeAll(keepingCapacity: true)
        if below(4) == 0 { append("-") }
        switch kind {
        case .shortest: append(anyDouble().description)
        case .seventeenDigits: print(anyDouble(), digits: 17)
        case .twentyOneDigits: print(anyDouble(), digits: 21)
        case .manyDigits: print(anyDouble(), digits: 22 + below(below(8) == 0 ? 780 : 40))
        case .digits: appendRandomDigits()
        case .sixtyFourBits: append("\(random.next() >> UInt64(below(30)))e\(below(61) - 30)")
        case .sensor: append("\(below(2000)).\(below(1_000_000))")
        case .halfway: appendMiddle(after: anyBits(), cut: nil)
        case .cutHalfway: appendMiddle(after: anyBits(), cut: 15 + below(8))
        case .subnormal:
            let bits = random.next() >> UInt64(12 + below(52))
            switch below(3) {
            case 0: print(Double(bitPattern: bits), digits: 1 + below(40))
            case 1: appendMiddle(after: bits, cut: 15 + below(8))
            default: appendMiddle(after: bits, cut: nil)
            }
        case .neighbourhood:
            append("\((1 << 53 &+ below(41) - 20) << below(9))")
            if below(2) == 0 {
                append("." + String(repeating: "0", count: below(30)) + (below(2) == 0 ? "1" : ""))
                append("0")
            }
            if below(3) == 0 { append("e\(below(50) - 25)") }
        case .zeros:
            append(String(repeating: "0", count: below(400)) + "\(below(3) * below(1000))")
            append(String(repeating: "0", count: below(400)))
            append("." + String(repeating: "0", count: below(400)) + "\(random.next() >> UInt64(below(64)))")
            append(String(repeating: "0", count: below(400)) + "e\(below(1000) - 500)")
        case .border: appendBorder()
        }
        text.append(0)
        return kind
    }

    private mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

    /// The bits of a positive finite double.
    private mutating func anyBits() -> UInt64 {
        // Half of them are of sizes that are met.
        let exponent = below(2) == 0 ? below(2047) : 1023 + below(121) - 60
        return UInt64(exponent) << 52 | random.next() >> 12
    }

    private mutating func anyDouble() -> Double { Double(bitPattern: anyBits()) }

    private mutating func append(_ piece: String) { text += piece.utf8 }

    private mutating func print(_ number: Double, digits: Int) {
        let written = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1200) { buffer in
            let count = withVaList([Int32(digits - 1), number]) {
                vsnprintf(buffer.baseAddress, 1200, "%.*e", $0)
            }
            return buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }
        }
        text += written
    }

    private mutating func appendRandomDigits() {
        let count = 1 + below(below(8) == 0 ? 900 : 40)
        let point = below(count + 1)
        for place in 0..<count {
            if place == point { append(".") }
            text.append(UInt8(ascii: "0") + UInt8(below(10)))
        }
        append("e\(below(680) - 350 - point)")
    }

    private mutating func appendBorder() {
        switch below(4) {
        case 0: append("1.7976931348623\(below(200))")
        case 1: append("17976931348623157\(below(2_000_000))")
        case 2: append("2.225073858507\(below(100_000))")
        default: append(["4.9406564584124654", "2.4703282292062327", "7.4109846876186981"][below(3)])
        }
        for _ in 0..<below(30) { text.append(UInt8(ascii: "0") + UInt8(below(10))) }
        append("e\([308, 307, 292, 291, -308, -307, -324, -323][below(8)])")
    }

    /// Appends (2m + 1) · 2^(k − 1), the middle between the double m · 2^k of these bits and the next.
    ///
    /// - Parameter digits: after how many digits it is cut; nil: not at all, and changed in the last one or behind it
    ///   now and then.
    private mutating func appendMiddle(after bits: UInt64, cut digits: Int?) {
        let field = Int(bits >> 52)
        let mantissa = field == 0 ? bits : bits & (1 << 52 - 1) | 1 << 52
        let power = max(field, 1) - 1076
        // n · 2^−p = n · 5^p · 10^−p.
        var all = Self.product(2 * mantissa + 1, power < 0 ? 5 : 2, power.magnitude)
        var exponent = min(power, 0)
        if let digits, all.count > digits {
            exponent += all.count - digits
            all.removeLast(all.count - digits)
            if below(2) == 0, all[digits - 1] < UInt8(ascii: "9") { all[digits - 1] += 1 }
        } else {
            switch below(6) {
            case 0: if all[all.count - 1] < UInt8(ascii: "9") { all[all.count - 1] += 1 }
            case 1: if all[all.count - 1] > UInt8(ascii: "0") { all[all.count - 1] -= 1 }
            case 2, 3:
                let zeros = below(40)
                all += [UInt8](repeating: UInt8(ascii: "0"), count: zeros) + [UInt8(ascii: "1")]
                exponent -= zeros + 1
            default: break
            }
        }
        let point = below(all.count + 1)
        text += all[..<point]
        append(".")
        text += all[point...]
        append("e\(exponent + all.count - point)")
    }

    /// The digits of number · base^power.
    private static func product(_ number: UInt64, _ base: UInt64, _ power: UInt) -> [UInt8] {
        let unit: UInt64 = 1_000_000_000_000_000_000
        var limbs = [number]
        var rest = power
        while rest > 0 {
            let step = min(rest, base == 5 ? 25 : 59)
            var factor: UInt64 = 1
            for _ in 0..<step { factor *= base }
            var carry: UInt64 = 0
            for place in limbs.indices {
                let (high, low) = limbs[place].multipliedFullWidth(by: factor)
                let (sum, overflow) = low.addingReportingOverflow(carry)
                (carry, limbs[place]) = unit.dividingFullWidth((high + (overflow ? 1 : 0), sum))
            }
            if carry > 0 { limbs.append(carry) }
            rest -= step
        }
        var digits: [UInt8] = []
        for var limb in limbs {
            for _ in 0..<18 {
                digits.append(UInt8(ascii: "0") + UInt8(limb % 10))
                limb /= 10
            }
            // The first limb is a whole number of 64 bits when nothing was multiplied.
            if limb > 0 { digits.append(UInt8(ascii: "0") + UInt8(limb)) }
        }
        while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
        return digits.reversed()
    }
}
