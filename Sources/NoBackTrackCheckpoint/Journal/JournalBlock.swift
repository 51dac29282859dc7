/// The entries of one block of the journal.
package struct JournalBlock: Sendable, Equatable {
    /// What an entry is.
    package enum Kind: UInt8, Sendable {
        /// The stream's first sample follows.
        case begin = 3
        /// A sample.
        case sample = 4
        /// The stream's parameters stand still from here on, or move again.
        case learning = 5
        /// The stream is forgotten.
        case reset = 6
    }

    /// One entry.
    package struct Entry: Sendable, Equatable {
        /// What it is.
        package var kind: Kind
        /// The place of its stream in ``JournalBlock/streams``.
        package var stream: Int
        /// Its number in its stream.
        package var position: UInt64
        /// When a sample was taken, in seconds since 1970; nil when it did not say. Finite.
        package var time: Double?
        /// The producer's own number of a sample.
        package var sequence: UInt64?
        /// The place of a sample's source in ``JournalBlock/sources``; nil: it did not say.
        package var source: Int?
        /// Of a stream that begins, and of a sample: whether it is of symbols. Of ``Kind/learning``: whether it learns.
        package var flag = false
        /// The place of a sample's first value in ``JournalBlock/values``, of the first channel of a stream that begins
        /// in ``JournalBlock/channels``.
        package var first = 0
        /// How many values, or channels.
        package var count = 0

        /// An entry that has nothing but its place.
        package init(kind: Kind, stream: Int, position: UInt64) {
            self.kind = kind
            self.stream = stream
            self.position = position
        }
    }

    /// The streams' names.
    package var streams: [String] = []
    /// The sources' names.
    package var sources: [String] = []
    /// In the order they were accepted.
    package var entries: [Entry] = []
    /// The values of all samples; NaN is a missing one, a symbol is the number of its byte.
    package var values: [Double] = []
    /// The channels of the streams that begin.
    package var channels: [String] = []
}
