import Glibc
import Testing

@testable import NoBackTrackWire

/// Numbers are rounded as the C library rounds them, to the bit.
///
/// A run of the suite takes some 10⁵ random cases. More are run by
/// `NOBACKTRACK_DECIMAL_CASES=10000000 NOBACKTRACK_DECIMAL_SEED=7 swift test -c release --filter DecimalRounding`.
struct DecimalRoundingTests {
    private static func variable(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }

    /// Seeds of equal shares of the cases.
    private static let seeds: [UInt64] = {
        let first = variable("NOBACKTRACK_DECIMAL_SEED") ?? 1
        return (0..<4).map { first &* 4 &+ $0 }
    }()
    private static let share = Int(variable("NOBACKTRACK_DECIMAL_CASES") ?? 120_000) / 4

    /// What the text, a zero at its end, is read as; nil when not all of it is, or when that depends on whether
    /// something follows.
    private static func read(_ text: [UInt8]) -> Double? {
        let end = text.count - 1
        var (index, longIndex) = (0, 0)
        let number = DecimalNumber.read(text.span.extracting(0..<end), at: &index, .relaxed)
        let longText = text + following
        let longNumber = DecimalNumber.read(longText.span, at: &longIndex, .relaxed)
        let agree = number?.bitPattern == longNumber?.bitPattern && index == end && longIndex == end
        return agree ? number : nil
    }

    private static let following = Array("12.5,-3.25e7 and more of it".utf8)

    private static func expected(_ text: [UInt8]) -> Double {
        text.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { chars in
                chars.baseAddress.map { strtod($0, nil) } ?? .nan
            }
        }
    }

    @Test(arguments: seeds)
    func randomTextsAreRoundedAsTheCLibraryDoes(seed: UInt64) {
        var cases = DecimalCases(seed: seed)
        var failures = 0
        for number in 0..<Self.share {
            let kind = cases.advance()
            let (found, expected) = (Self.read(cases.text), Self.expected(cases.text))
            if found?.bitPattern == expected.bitPattern { continue }
            failures += 1
            if failures <= 5 {
                Issue.record(
                    """
                    seed \(seed), case \(number), \(kind): \(String(decoding: cases.text.dropLast(), as: UTF8.self)) \
                    is \(found as Any), not \(expected)
                    """)
            }
        }
        #expect(failures == 0, "seed \(seed), of \(Self.share)")
    }

    /// Every power of two with its neighbours and the middles between them, in as many digits as it takes.
    @Test func powersOfTwoAndTheirNeighboursAreExact() {
        for exponent in -1074...1023 {
            let power = Double(sign: .plus, exponent: exponent, significand: 1)
            for number in [power.nextDown, power, power.nextUp] where number.isFinite {
                for digits in [17, 19, 21, 770] {
                    let text = Self.print(number, digits: digits)
                    let found = Self.read(text)
                    if found != Self.expected(text) || found != number {
                        Issue.record("\(number) with \(digits) digits is \(found as Any)")
                    }
                }
            }
        }
    }

    /// Every power of ten in the table and beyond it, with significands of all lengths.
    @Test func everyPowerOfTenIsRoundedAsTheCLibraryDoes() {
        let significands: [UInt64] = [
            1, 3, 9_007_199_254_740_991, 9_007_199_254_740_993, 1 << 63, 9_999_999_999_999_999_999,
            12_345_678_901_234_567, 8_683_317_618_811_886_495,
        ]
        for power in -365...330 {
            for significand in significands {
                let text = Array("\(significand)e\(power)".utf8) + [0]
                if Self.read(text) != Self.expected(text) { Issue.record("\(significand)e\(power)") }
            }
        }
    }

    /// The exact way by itself, from guesses that are off, agrees with the quick one.
    @Test func exactWayNeedsNoGoodGuess() {
        var random = SplitMix(state: 5)
        for _ in 0..<2000 {
            let (significand, exponent) = (random.next() >> 1 | 1, Int(random.next() % 600) - 300)
            let guess = LemireProduct(significand, exponent)
            guard guess.isCertain, guess.nearest.isFinite, guess.nearest > 0 else { continue }
            let bits = guess.nearest.bitPattern
            for offset in -2...2 {
                let start = Double(bitPattern: UInt64(max(0, Int64(bits) + Int64(offset))))
                let found = ExactDecimal(significand, exponent).nearest(from: start)
                if found != guess.nearest {
                    Issue.record("\(significand)e\(exponent) from \(start): \(found)")
                }
            }
        }
    }

    private static func print(_ number: Double, digits: Int) -> [UInt8] {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1200) { buffer in
            let count = withVaList([Int32(digits - 1), number]) {
                vsnprintf(buffer.baseAddress, 1200, "%.*e", $0)
            }
            return buffer.prefix(Int(count) + 1).map { UInt8(bitPattern: $0) }
        }
    }
}
