import NoBackTrackWire

/// Some of a batch's records, in their order: all in a row, or those at some places.
enum BatchPart: Sendable {
    case row(Range<Int>)
    case places([Int])

    /// How many there are.
    var count: Int {
        switch self {
        case .row(let row): row.count
        case .places(let places): places.count
        }
    }

    /// The place of the first so many in the batch.
    subscript(_ number: Int) -> Int {
        switch self {
        case .row(let row): row.lowerBound + number
        case .places(let places): places[number]
        }
    }
}

/// What became of a part.
struct LearnedPart: Sendable {
    /// The samples that could not be used.
    var refused: [Rejection] = []
    /// The places of those whose stream had left the thread's memory, in their order: nothing was done with them.
    var strays: [Int] = []
    /// How many had been learned before, by their sequence number.
    var repeated = 0
    /// How many were not taken at all: storage has failed and the daemon stops.
    var untaken = 0
    /// The lines to print.
    var lines: [UInt8] = []
    /// Where each record's lines end in ``lines``; empty when nothing is printed.
    var ends: [Int] = []
}

/// The lines to print of some parts of a batch, put in the order of its records.
struct LineAssembly: Sendable {
    private var pieces: [(part: BatchPart, lines: [UInt8], ends: [Int])] = []

    /// Takes the lines of a part.
    mutating func add(_ part: BatchPart, _ learned: LearnedPart) {
        if !learned.lines.isEmpty { pieces.append((part, learned.lines, learned.ends)) }
    }

    /// All lines.
    var text: [UInt8] {
        if pieces.count == 1 { return pieces[0].lines }
        var segments: [(place: Int, piece: Int, range: Range<Int>)] = []
        for (number, piece) in pieces.enumerated() {
            var start = 0
            for (record, end) in piece.ends.enumerated() where end > start {
                segments.append((piece.part[record], number, start..<end))
                start = end
            }
        }
        segments.sort { $0.place < $1.place }
        var text: [UInt8] = []
        text.reserveCapacity(pieces.reduce(0) { $0 + $1.lines.count })
        for segment in segments { text += pieces[segment.piece].lines[segment.range] }
        return text
    }
}
