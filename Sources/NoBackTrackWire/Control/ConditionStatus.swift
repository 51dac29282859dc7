/// The conditions of a stream of numbers.
package struct ConditionStatus: Codable, Sendable, Equatable {
    /// One that lasts.
    package struct Present: Codable, Sendable, Equatable {
        /// Its name, as in ``ConditionMessage/condition``.
        package var condition: String
        /// The channel.
        package var channel: String
        /// Samples it has lasted.
        package var samples: UInt64

        /// Creates a condition that lasts.
        package init(condition: String, channel: String, samples: UInt64) {
            self.condition = condition
            self.channel = channel
            self.samples = samples
        }
    }

    /// How often each began since the stream did, by its name.
    package var counts: [String: UInt64]
    /// Those that last.
    package var present: [Present]

    /// Creates the conditions of a stream.
    package init(counts: [String: UInt64], present: [Present] = []) {
        self.counts = counts
        self.present = present
    }
}
