import FoundationEssentials
package import NoBackTrack
package import NoBackTrackWire

/// What a stream's learner is made from, beside its first sample.
package struct StreamConfiguration: Sendable, Equatable {
    /// Which channels a stream has.
    package enum Channels: Sendable, Equatable {
        /// Those of its first sample.
        case found
        /// As many as this, named by the first sample.
        case count(Int)
        /// These, in this order.
        case named([String])

        /// How many; nil: that is not known yet.
        var number: Int? {
            switch self {
            case .found: nil
            case .count(let count): count
            case .named(let names): names.count
            }
        }
    }

    /// The learner.
    package var learner = LearnerConfiguration()
    /// The channels forecast; empty: all.
    package var targets: [String] = []
    /// The channels taken in.
    package var channels = Channels.found
    /// The symbols of a symbol stream, distinct; empty: each new one takes a place. Otherwise 2 … 256.
    package var alphabet: [UInt8] = []

    /// The defaults.
    package init() {}

    /// The places of the targets among the channels of a stream.
    ///
    /// - Returns: nil when a target is not among the channels.
    package func targetPlaces(in channels: [String]) -> [Int]? {
        if targets.isEmpty { return Array(channels.indices) }
        var places: [Int] = []
        for target in targets {
            guard let place = channels.firstIndex(of: target) else { return nil }
            places.append(place)
        }
        return places
    }
}

extension StreamConfiguration {
    /// The kind and the learner's keys as JSON text of one form: equal configurations have equal texts.
    package func canonicalText(_ kind: StreamKind) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Cannot fail: every number of a valid configuration is finite.
        guard let text = try? encoder.encode(LearnerKeys(self, kind: kind)) else {
            preconditionFailure("a learner's keys have a JSON text")
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Checks that a state learned under a saved configuration means the same under this one.
    ///
    /// - Parameter saved: a ``canonicalText(_:)``, of an older daemon too.
    /// - Returns: the kind of the stream whose state it is.
    /// - Throws: ``StateError`` naming the first key whose change would make the state mean something else.
    package func checkContinues(_ saved: String) throws(StateError) -> StreamKind {
        guard let keys = try? JSONDecoder().decode(LearnerKeys.self, from: Data(saved.utf8)) else {
            throw .invalid(name: "configuration", reason: "cannot be read: \(saved)")
        }
        let lasting = LearnerKeys(self, kind: keys.kind).lasting
        for (old, new) in zip(keys.lasting, lasting) where old.value != new.value {
            throw .mismatch(name: "learner.\(old.key)", found: old.value, needed: new.value)
        }
        return keys.kind
    }
}
