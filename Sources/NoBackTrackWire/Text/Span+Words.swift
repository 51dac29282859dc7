extension Span<UInt8> {
    /// Up to eight bytes from `place` on as one word, the first the lowest; zero stands for what lies past the end.
    ///
    /// - Parameter place: At most `count`.
    @inline(__always)
    func word(at place: Int) -> UInt64 {
        let last = count &- 8
        if last >= 0 {
            // Near the end, the last eight bytes without those before `place`.
            let start = Swift.min(place, last)
            return fullWord(at: start) >> UInt64(truncatingIfNeeded: 8 &* (place &- start))
        }
        var word: UInt64 = 0
        for index in place..<count { word |= UInt64(self[index]) << UInt64(8 * (index - place)) }
        return word
    }
}

extension Span<UInt8> {
    /// Eight bytes from `place` on as one word, the first the lowest.
    ///
    /// - Parameter place: With eight bytes at least behind it; that is not checked.
    @inline(__always)
    func fullWord(at place: Int) -> UInt64 {
        bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: UInt64.self).littleEndian
    }
}

extension UInt64 {
    /// The byte in all eight places of a word.
    @inline(__always)
    init(repeating byte: UInt8) {
        self = UInt64(byte) &* 0x0101_0101_0101_0101
    }

    /// The high bit of every byte that is no digit.
    @inline(__always)
    private var marksOfOthers: UInt64 {
        // With "0" taken away by exclusive or, digits are 0…9, and the sum below reaches the high bit from 10 on.
        let rest = self ^ UInt64(repeating: UInt8(ascii: "0"))
        return ((rest & UInt64(repeating: 0x7F)) &+ UInt64(repeating: 0x76) | rest) & UInt64(repeating: 0x80)
    }

    /// How many of the word's bytes, from the lowest on, are digits.
    @inline(__always)
    var leadingDigitCount: Int { marksOfOthers.trailingZeroBitCount >> 3 }

    /// One bit for each of the word's bytes, set when that is no digit.
    @inline(__always)
    var otherThanDigits: UInt64 {
        // Bit 8i + 7 goes to bit 56 + i; no two of the products' bits meet.
        (marksOfOthers &* 0x0002_0408_1020_4081) &>> 56
    }

    /// The number that the word's first `count` bytes are, which are digits; `count` is 1 … 8.
    @inline(__always)
    func number(ofDigits count: Int) -> UInt64 {
        // Zeros in front make it eight digits; then pairs, fours and all eight are joined (Lemire 2021, section 7).
        var digits = (self ^ UInt64(repeating: UInt8(ascii: "0"))) &<< UInt64(64 &- 8 &* count)
        digits = digits &* 10 &+ (digits &>> 8)
        let high = (digits & 0x0000_00FF_0000_00FF) &* (100 &+ 1_000_000 &<< 32)
        let low = ((digits &>> 16) & 0x0000_00FF_0000_00FF) &* (1 &+ 10_000 &<< 32)
        return (high &+ low) &>> 32
    }
}
