/// What a reader finds on a line, besides the values, which go to the batch at once.
struct LineDraft: Sendable {
    /// The text between the values, by which the next line of the same shape is known.
    var template = LineTemplate()
    /// Where the channels' names are on the line, one a value; empty when they have none.
    var channels: [Range<Int>] = []
    /// Where the stream's name is on the line.
    var stream: Range<Int>?
    /// Where the producer's name is on the line.
    var source: Range<Int>?
    /// When the sample was taken.
    var time: Double?
    /// The producer's number of the sample.
    var sequence: UInt64?

    /// Makes it ready for another line.
    mutating func clear() {
        template.clear()
        channels.removeAll(keepingCapacity: true)
        stream = nil
        source = nil
        time = nil
        sequence = nil
    }
}
