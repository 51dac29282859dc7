import NoBackTrackCheckpoint

/// How far the sources of a stream have come that number their samples, so that one that is sent again is known.
///
/// Only so many sources are remembered; beyond that the one is forgotten that was not heard of for the longest time.
struct SequenceMarks: Sendable {
    /// The least recently used first.
    private(set) var marks: [Checkpoint.SourceMark]
    private let capacity: Int

    /// The marks of a checkpoint; none for a stream that begins.
    ///
    /// - Parameter capacity: sources remembered, at least 1.
    init(_ marks: [Checkpoint.SourceMark] = [], capacity: Int) {
        self.capacity = capacity
        self.marks = Array(marks.suffix(capacity))
    }

    /// Takes note of a sample.
    ///
    /// - Parameter source: empty where samples do not say.
    /// - Returns: false when its number is not above the newest of its source; nothing has changed then.
    mutating func take(_ sequence: UInt64, from source: String) -> Bool {
        // Nearly always the one that came last.
        var place = marks.count - 1
        while place >= 0, marks[place].source != source { place -= 1 }
        guard place >= 0 else {
            if marks.count == capacity { marks.removeFirst() }
            marks.append(Checkpoint.SourceMark(source: source, sequence: sequence))
            return true
        }
        guard sequence > marks[place].sequence else { return false }
        if place < marks.count - 1 { marks.append(marks.remove(at: place)) }
        marks[marks.count - 1].sequence = sequence
        return true
    }
}
