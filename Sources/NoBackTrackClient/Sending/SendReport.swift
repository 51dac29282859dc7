/// What became of the samples that were to be sent.
package struct SendReport: Codable, Sendable, Equatable {
    /// A sample that the daemon refused.
    package struct Refusal: Codable, Sendable, Equatable {
        /// The sample's number in the input.
        package var sample: UInt64
        /// For programs: one of the contract's codes.
        package var code: String
        /// For people.
        package var message: String
    }

    /// How many refusals are kept with their reasons.
    package static let mostRefusals = 5

    /// How many samples were taken from the input.
    package var samples: UInt64 = 0
    /// How many of them the daemon has acknowledged; nil when it does not acknowledge.
    package var acknowledged: UInt64?
    /// How many of them it refused.
    package var refused: UInt64 = 0
    /// The first of those, with their reasons.
    package var refusals: [Refusal] = []
    /// How many samples were sent more than once.
    package var resent: UInt64 = 0
    /// How many connections there were after the first.
    package var reconnections = 0
    /// Whether a connection broke on which nothing is acknowledged, so that nobody knows what came of its last samples.
    package var mayHaveLost = false

    /// Nothing sent yet.
    package init() {}

    /// How many samples nothing is known of.
    package var outstanding: UInt64 { samples - (acknowledged ?? 0) - refused }

    /// Keeps the reason of a refusal, if it is one of the first.
    mutating func note(_ refusal: Refusal) {
        if refusals.count < Self.mostRefusals { refusals.append(refusal) }
    }
}
