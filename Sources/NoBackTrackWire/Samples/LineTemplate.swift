/// The shape of a line: the text around its values.
///
/// A sensor writes the same line over and over with other values. A line that has the text of one that was
/// read before, byte for byte, means the same, so its names need not be looked at.
struct LineTemplate: Sendable {
    /// What stands between two pieces of text.
    enum Slot: Sendable {
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

    /// Whether both have the same text with the same slots in it.
    func hasShape(of other: LineTemplate) -> Bool {
        text == other.text && slots.elementsEqual(other.slots) { $0 == $1 }
    }

    /// Reads a line of this shape.
    ///
    /// - Returns: The sample's time and number; nil when the line is of another shape or has an unusable value,
    ///   and then `values` is as it was.
    func read(
        _ line: Span<UInt8>, _ syntax: LineSyntax, into values: inout [Double]
    ) -> (time: Double?, sequence: UInt64?)? {
        let firstValue = values.count
        let text = self.text.span
        var time: Double?
        var sequence: UInt64?
        var index = 0
        var textStart = 0
        do {
            for (slot, textEnd) in slots {
                guard Self.skip(text, textStart..<textEnd, in: line, at: &index) else { throw Mismatch() }
                textStart = textEnd
                switch slot {
                case .channel: values.append(try syntax.readValue(line, at: &index))
                case .time: time = try syntax.readTime(line, at: &index)
                case .sequence: sequence = try NDJSONLine.readSequence(line, at: &index)
                case .text:
                    guard index < line.count && line[index] == UInt8(ascii: "\"") else { throw Mismatch() }
                    try InfluxLine.skipString(line, at: &index)
                }
            }
            guard Self.skip(text, textStart..<text.count, in: line, at: &index), index == line.count else {
                throw Mismatch()
            }
        } catch {
            values.removeSubrange(firstValue...)
            return nil
        }
        return (time, sequence)
    }

    private struct Mismatch: Error {}

    /// Moves `index` behind a piece of text; false when it does not stand there.
    private static func skip(
        _ text: Span<UInt8>, _ piece: Range<Int>, in line: Span<UInt8>, at index: inout Int
    ) -> Bool {
        guard line.count - index >= piece.count else { return false }
        for offset in piece {
            if line[index] != text[offset] { return false }
            index += 1
        }
        return true
    }
}
