/// Bytes as they may come from a socket: the input's first four bytes say in pieces of which sizes, and of the first the
/// highest bit whether limits are tight; what is read is the rest.
///
/// A size is one more than the lower six bits, so that `@BP` and a newline, 1, 3, 17 and 11, begin a seed that a person
/// can read.
struct Pieces {
    /// All that is read.
    let whole: [UInt8]
    /// Whether limits shall be so tight that short inputs pass them.
    let hasTightLimits: Bool
    private let sizes: [Int]

    /// Takes an input apart; one that is too short is read byte by byte.
    init(of input: [UInt8]) {
        let head = input.prefix(4)
        whole = Array(input.dropFirst(4))
        hasTightLimits = head.first.map { $0 >= 0x80 } ?? false
        sizes = head.isEmpty ? [1] : head.map { Int($0 & 0x3F) + 1 }
    }

    /// The pieces one after the other; their sizes are repeated as long as there are bytes.
    func forEach<Failure: Error>(_ body: ([UInt8]) throws(Failure) -> Void) throws(Failure) {
        var start = 0
        var turn = 0
        while start < whole.count {
            let end = min(start + sizes[turn % sizes.count], whole.count)
            try body(Array(whole[start..<end]))
            start = end
            turn += 1
        }
    }
}
