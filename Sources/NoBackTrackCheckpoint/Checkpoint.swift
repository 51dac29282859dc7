package import NoBackTrack

/// The complete state of one stream's learner, and what is needed to know it again.
package struct Checkpoint: Sendable, Equatable {
    /// Version of the format that is written; older ones are read.
    package static let formatVersion = 2

    /// Name of the stream.
    package var stream: String
    /// Samples learned from.
    package var step: UInt64
    /// The stream's channels, in their order.
    package var channels: [String]
    /// The channels that are forecast.
    package var targets: [String]
    /// Time of the last sample, in seconds since 1970, where samples carry one; finite.
    package var time: Double?
    /// The learner's configuration as canonical JSON text.
    package var configuration: String
    /// The learner's arrays.
    package var tensors: [StateTensor]
    /// The place in the stream's journal that continues it: how many entries it has seen.
    package var position: UInt64
    /// The newest sequence number of every source that numbers its samples, the least recently used first.
    package var sources: [SourceMark]
    /// When the checkpoint was written, in seconds since 1970; kept to the microsecond.
    package var savedAt: Double

    /// How far a source has come that numbers its samples.
    package struct SourceMark: Sendable, Equatable {
        /// Its name; empty where samples do not say.
        package var source: String
        /// The newest number.
        package var sequence: UInt64

        /// A mark of these values.
        package init(source: String, sequence: UInt64) {
            self.source = source
            self.sequence = sequence
        }
    }

    /// A checkpoint of these values.
    package init(
        stream: String, step: UInt64, channels: [String], targets: [String], time: Double?,
        configuration: String, tensors: [StateTensor], position: UInt64 = 0, sources: [SourceMark] = [],
        savedAt: Double
    ) {
        self.stream = stream
        self.step = step
        self.channels = channels
        self.targets = targets
        self.time = time
        self.configuration = configuration
        self.tensors = tensors
        self.position = position
        self.sources = sources
        self.savedAt = savedAt
    }
}
