import NoBackTrackWire

/// A place where bytes of strangers come in, and the laws that hold there whatever the bytes are.
package enum FuzzTarget: String, Sendable, CaseIterable {
    /// Samples, one JSON object or array a line.
    case ndjson
    /// Samples, comma separated.
    case csv
    /// Samples in line protocol.
    case influx
    /// Samples whose format is to be found.
    case auto
    /// Samples of 32 bit numbers.
    case f32le
    /// Samples of 64 bit numbers.
    case f64le
    /// Samples of one byte.
    case symbols
    /// Requests on the predict socket.
    case query
    /// A checkpoint's file.
    case checkpoint
    /// The arrays of a learner in a checkpoint.
    case learnerState = "learner-state"
    /// A segment of the journal, or the payload of one of its blocks.
    case journal

    /// Holds the bytes against the laws.
    ///
    /// - Throws: the law that they break. Bytes that trap do worse.
    package func run(_ bytes: [UInt8]) throws(BrokenLaw) {
        switch self {
        case .ndjson: try SampleLaws.hold(for: .ndjson, bytes)
        case .csv: try SampleLaws.hold(for: .csv, bytes)
        case .influx: try SampleLaws.hold(for: .influx, bytes)
        case .auto: try SampleLaws.hold(for: .auto, bytes)
        case .f32le: try SampleLaws.hold(for: .f32le, bytes)
        case .f64le: try SampleLaws.hold(for: .f64le, bytes)
        case .symbols: try SampleLaws.hold(for: .symbols, bytes)
        case .query: try RequestLaws.hold(for: bytes)
        case .checkpoint: try CheckpointLaws.hold(for: bytes)
        case .learnerState: try LearnerStateLaws.hold(for: bytes)
        case .journal: try JournalLaws.hold(for: bytes)
        }
    }
}
