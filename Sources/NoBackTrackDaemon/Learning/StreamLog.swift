import NoBackTrackCheckpoint

/// What the journal knows a stream by, and which of its samples came before.
struct StreamLog: Sendable {
    /// The number of its next entry.
    private(set) var position: UInt64
    /// How far its sources have come.
    private(set) var marks: SequenceMarks
    /// How the journal is told that it begins; nil when it was told, or a checkpoint tells.
    private(set) var beginning: Beginning?
    /// Samples that had been sent before, since it came to memory.
    private(set) var repeated: UInt64 = 0
    /// The chunk in which it last had an entry, and its number in that chunk's block.
    private(set) var chunk: UInt64 = 0
    private(set) var blockNumber = 0

    /// How a stream begins.
    enum Beginning: Sendable {
        /// For the first time, or after one that was forgotten.
        case new
        /// After one whose state was set aside, which the journal is to forget.
        case instead
    }

    /// The log of a stream that begins.
    ///
    /// - Parameter position: after that of any earlier one of its name.
    init(beginningAt position: UInt64, _ beginning: Beginning, maxSources: Int) {
        self.position = position
        self.beginning = beginning
        marks = SequenceMarks(capacity: maxSources)
    }

    /// The log that goes on from a checkpoint.
    init(_ checkpoint: Checkpoint, maxSources: Int) {
        position = checkpoint.position
        marks = SequenceMarks(checkpoint.sources, capacity: maxSources)
    }

    /// Whether its number in the block of this chunk is known.
    func isNamed(in chunk: UInt64) -> Bool { self.chunk == chunk }

    /// It has this number in the block of this chunk, and the journal has been told how it began.
    mutating func name(_ number: Int, in chunk: UInt64) {
        self.chunk = chunk
        blockNumber = number
        beginning = nil
    }

    /// Takes note of a sample's sequence number.
    ///
    /// - Returns: false when the sample was sent before.
    mutating func take(_ sequence: UInt64, from source: String?) -> Bool {
        let isNew = marks.take(sequence, from: source ?? "")
        if !isNew { repeated += 1 }
        return isNew
    }

    /// An entry of the journal is gone through again.
    mutating func replay(sequence: UInt64?, source: String?) {
        if let sequence { _ = marks.take(sequence, from: source ?? "") }
        position += 1
        beginning = nil
    }

    /// Goes on behind entries of the journal that could not be gone through: their positions are taken.
    mutating func skip(to end: UInt64) { position = max(position, end) }

    /// A chunk that it was named in has come to nothing, with the word of how it begins.
    mutating func restoreBeginning(of before: StreamLog) { beginning = before.beginning }

    /// One more entry.
    ///
    /// - Returns: its position.
    mutating func advance() -> UInt64 {
        defer { position += 1 }
        return position
    }
}
