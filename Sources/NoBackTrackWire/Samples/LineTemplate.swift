/// The shape of a line: the text around its values.
///
/// A sensor writes the same line over and over with other values. A line that has the text of one that was
/// read before, byte for byte, means the same, so its names need not be looked at.
struct LineTemplate: Sendable {
    /// What stands between two pieces of text.
    enum Slot: UInt8, Sendable {
        /// A channel's value.
        case channel
        /// The sample's time.
        case time
        /// The producer's number of the sample.
        case sequence
        /// A string that is not used.
        case text
    }

    /// All pieces of text, one after the other; there is one more than there are slots.
    private(set) var text: [UInt8] = []
    /// The slots, and where in ``text`` the piece before each ends.
    private(set) var slots: [(slot: Slot, textEnd: Int)] = []
    /// The place of the sample's layout.
    var layout = 0
    /// The place of the template that the next line is expected to have.
    var successor = 0

    /// About what it takes in memory, in bytes, with its entry in a table: of a short line its text is the least.
    var memoryBytes: Int {
        let entry = 3 * MemoryLayout<Int>.stride
        // Two arrays, each with a header.
        return MemoryLayout<Self>.stride + entry + 2 * 32 + text.capacity
            + slots.capacity * MemoryLayout<(slot: Slot, textEnd: Int)>.stride
    }

    /// Makes it empty.
    mutating func clear() {
        text.removeAll(keepingCapacity: true)
        slots.removeAll(keepingCapacity: true)
    }

    /// Adds a piece of text and the slot that follows it.
    mutating func append(_ piece: Span<UInt8>, _ slot: Slot) {
        text.append(copying: piece)
        slots.append((slot, text.count))
    }

    /// Adds the piece of text that ends the line.
    mutating func append(_ lastPiece: Span<UInt8>) {
        text.append(copying: lastPiece)
    }

    /// A number that hardly any other shape has. Who makes shapes with the same number only slows down their own
    /// connection.
    var hash: UInt64 {
        let text = text.span
        var hash = UInt64(text.count)
        var textStart = 0
        while textStart < text.count {
            Self.mix(text.word(at: textStart), into: &hash)
            textStart += 8
        }
        for place in slots.indices {
            Self.mix(UInt64(slots[place].textEnd) << 8 | UInt64(slots[place].slot.rawValue), into: &hash)
        }
        return hash
    }

    private static func mix(_ word: UInt64, into hash: inout UInt64) {
        let (high, low) = (hash ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        hash = high ^ low
    }

    /// Whether both have the same text with the same slots in it.
    func hasShape(of other: LineTemplate) -> Bool {
        guard text == other.text && slots.count == other.slots.count else { return false }
        for place in slots.indices where slots[place] != other.slots[place] { return false }
        return true
    }

    /// Reads a line of this shape.
    ///
    /// - Returns: The sample's time and number; nil when the line is of another shape or has an unusable value,
    ///   and then `values` is as it was.
    func read(
        _ line: Span<UInt8>, _ syntax: LineSyntax, into values: inout [Double]
    ) -> (time: Double?, sequence: UInt64?)? {
        let firstValue = values.count
        var time: Double?
        var sequence: UInt64?
        if matches(line, syntax, values: &values, time: &time, sequence: &sequence) {
            return (time, sequence)
        }
        values.removeLast(values.count - firstValue)
        return nil
    }

    /// Reads as much of a line as has this shape.
    ///
    /// - Returns: Whether it is all of the line.
    private func matches(
        _ line: Span<UInt8>, _ syntax: LineSyntax, values: inout [Double], time: inout Double?,
        sequence: inout UInt64?
    ) -> Bool {
        let text = self.text.span
        var index = 0
        var textStart = 0
        for place in slots.indices {
            let (slot, textEnd) = slots[place]
            guard Self.skip(text, textStart..<textEnd, in: line, at: &index), index < line.count else {
                return false
            }
            textStart = textEnd
            switch slot {
            case .channel:
                guard let value = syntax.usableValue(line, at: &index) else { return false }
                values.append(value)
            case .time, .sequence, .text:
                // An error here has a text of its own, which costs: the line is refused whatever its shape.
                do throws(LineError) {
                    switch slot {
                    case .time: time = try syntax.readTime(line, at: &index)
                    case .sequence: sequence = try NDJSONLine.readSequence(line, at: &index)
                    case .text, .channel:
                        guard line[index] == UInt8(ascii: "\"") else { return false }
                        try InfluxLine.skipString(line, at: &index)
                    }
                } catch {
                    return false
                }
            }
        }
        return Self.skip(text, textStart..<text.count, in: line, at: &index) && index == line.count
    }

    /// Moves `index` behind a piece of text; false when it does not stand there.
    @inline(__always)
    private static func skip(
        _ text: Span<UInt8>, _ piece: Range<Int>, in line: Span<UInt8>, at index: inout Int
    ) -> Bool {
        guard line.count &- index >= piece.count else { return false }
        var place = piece.lowerBound
        while place < piece.upperBound {
            let count = min(8, piece.upperBound &- place)
            let difference = text.word(at: place) ^ line.word(at: index)
            // Of the last word only the bytes that belong to the piece.
            if difference &<< UInt64(truncatingIfNeeded: 64 &- 8 &* count) != 0 { return false }
            place &+= count
            index &+= count
        }
        return true
    }
}
