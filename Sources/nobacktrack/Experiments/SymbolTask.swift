import Glibc
import NoBackTrack

/// A stream of symbols whose entropy is known.
enum SymbolTask: Sendable, Equatable {
    /// aⁿ⏎bⁿ⏎, n uniform in the range.
    case anbn(ClosedRange<Int>)
    /// `[c]`, `between` random letters, the same `[c]`, ⏎: `[` and `]` hold `inside` letters, of an alphabet of so
    /// many.
    case brackets(inside: Int, between: Int, letters: Int)

    /// The symbols of the stream.
    var alphabet: [UInt8] {
        switch self {
        case .anbn: Array("ab\n".utf8)
        case .brackets(_, _, let letters):
            Array("[]\n".utf8) + (0..<letters).map { UInt8(ascii: "a") + UInt8($0) }
        }
    }

    /// The entropy of the stream, in bits per symbol: nobody can do better.
    var optimum: Double {
        switch self {
        case .anbn(let lengths):
            // A line has n twice, two newlines and log2 of the number of lengths bits.
            let symbols = Double(lengths.lowerBound + lengths.upperBound) + 2
            return log2(Double(lengths.count)) / symbols
        case .brackets(let inside, let between, let letters):
            let symbols = Double(2 * (inside + 2) + between + 1)
            return Double(inside + between) * log2(Double(letters)) / symbols
        }
    }

    /// The symbols, decided by the seed alone.
    func stream(seed: UInt64) -> SymbolStream { SymbolStream(self, seed: seed) }
}

/// The symbols of a task, one after the other.
struct SymbolStream: Sendable {
    private let task: SymbolTask
    private let generator: Philox
    private var lineNumber: UInt64 = 0
    private var draws: UInt32 = 0
    private var line: [UInt8] = []
    private var position = 0

    init(_ task: SymbolTask, seed: UInt64) {
        self.task = task
        generator = Philox(seed: seed, stream: 0)
    }

    /// The next symbol.
    mutating func next() -> UInt8 {
        if position == line.count { begin() }
        defer { position += 1 }
        return line[position]
    }

    private mutating func begin() {
        lineNumber += 1
        draws = 0
        position = 0
        line.removeAll(keepingCapacity: true)
        switch task {
        case .anbn(let lengths):
            let n = lengths.lowerBound + draw(below: lengths.count)
            line += repeatElement(UInt8(ascii: "a"), count: n) + [UInt8(ascii: "\n")]
            line += repeatElement(UInt8(ascii: "b"), count: n) + [UInt8(ascii: "\n")]
        case .brackets(let inside, let between, let letters):
            let bracket =
                [UInt8(ascii: "[")] + (0..<inside).map { _ in letter(letters) } + [UInt8(ascii: "]")]
            line += bracket + (0..<between).map { _ in letter(letters) } + bracket + [UInt8(ascii: "\n")]
        }
    }

    private mutating func letter(_ count: Int) -> UInt8 { UInt8(ascii: "a") + UInt8(draw(below: count)) }

    /// A uniform number in 0 ..< count.
    private mutating func draw(below count: Int) -> Int {
        let bits = generator.block(purpose: .experiment, step: lineNumber, lane: 0, index: draws)
        draws += 1
        return Int((UInt64(bits[0]) << 32 | UInt64(bits[1])) % UInt64(count))
    }
}
