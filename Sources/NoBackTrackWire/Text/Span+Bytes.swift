extension Span<UInt8> {
    /// The place of the first `byte` at or after `start`; nil when there is none.
    func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        var index = start
        let pattern = UInt64(repeating: byte)
        while index <= count &- 8 {
            let word = fullWord(at: index)
            // Zero where the byte is: a byte that borrows and had no high bit. The lowest of these is one for sure.
            let rest = word ^ pattern
            let zeros = (rest &- UInt64(repeating: 0x01)) & ~rest & UInt64(repeating: 0x80)
            if zeros != 0 { return index &+ zeros.trailingZeroBitCount >> 3 }
            index &+= 8
        }
        while index < count {
            if self[index] == byte { return index }
            index += 1
        }
        return nil
    }

    /// The first byte that is neither a space nor a tab; nil when there is none.
    var firstVisibleByte: UInt8? {
        for index in indices where self[index] != UInt8(ascii: " ") && self[index] != 0x09 {
            return self[index]
        }
        return nil
    }

    /// Whether these are the bytes of a lower case ASCII text, in any case.
    func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in indices where self[index] | 0x20 != text.utf8Start[index] { return false }
        return true
    }

    /// Whether these are the bytes of an ASCII text.
    func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in indices where self[index] != text.utf8Start[index] { return false }
        return true
    }
}

extension [UInt8] {
    /// Creates an array with the bytes of `span`.
    init(copying span: Span<UInt8>) {
        self.init()
        append(copying: span)
    }

    /// Appends the bytes of `span`.
    mutating func append(copying span: Span<UInt8>) {
        span.withUnsafeBufferPointer { append(contentsOf: $0) }
    }
}

extension String {
    /// Creates a string from UTF-8; what is not becomes U+FFFD.
    init(copying span: Span<UInt8>) {
        self = span.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// Creates a string from UTF-8; nil when it is not.
    init?(validating span: Span<UInt8>) {
        guard let text = span.withUnsafeBufferPointer({ String(validating: $0, as: UTF8.self) }) else {
            return nil
        }
        self = text
    }

    /// The first bytes of a range, made fit for a message.
    init(excerptOf range: Range<Int>, in line: Span<UInt8>) {
        let shown = line.extracting(range.lowerBound..<Swift.min(range.upperBound, range.lowerBound + 40))
        self = String(
            String(copying: shown).unicodeScalars.map { scalar in
                scalar.value < 0x20 || scalar.value == 0x7F ? "\u{FFFD}" : Character(scalar)
            })
        if shown.count < range.count { append("…") }
    }
}
