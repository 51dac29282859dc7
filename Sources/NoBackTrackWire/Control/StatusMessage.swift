/// The answer to `status`.
package struct StatusMessage: ControlMessage, Equatable {
    /// Open connections.
    package struct Connections: Codable, Sendable, Equatable {
        /// On the ingest socket.
        package var ingest: Int
        /// On the predict socket.
        package var predict: Int

        /// Creates the count of connections.
        package init(ingest: Int, predict: Int) {
            self.ingest = ingest
            self.predict = predict
        }
    }

    /// True.
    package var ok: Bool
    /// `status`.
    package var op: String
    /// The request's identifier.
    package var id: RequestIdentifier?
    /// The daemon's version.
    package var version: String
    /// Seconds since the daemon started.
    package var uptime: Double
    /// Samples learned from since then.
    package var samples: UInt64
    /// How fast samples are learned from at present.
    package var samplesPerSecond: Double
    /// Samples received and not yet learned from.
    package var lag: UInt64
    /// Lines that could not be used, by ``RejectionCode``'s raw value.
    package var rejected: [String: UInt64]
    /// Whether what is learned reaches the disk; nil: the daemon is of before it told.
    package var storage: StorageStatus?
    /// Open connections.
    package var connections: Connections
    /// Connections that get events.
    package var subscribers: Int
    /// Every stream.
    package var streams: [StreamStatus]

    /// Creates the answer.
    package init(
        id: RequestIdentifier? = nil, version: String, uptime: Double, samples: UInt64,
        samplesPerSecond: Double,
        lag: UInt64, rejected: [String: UInt64], storage: StorageStatus? = nil,
        connections: Connections, subscribers: Int,
        streams: [StreamStatus]
    ) {
        ok = true
        op = "status"
        self.id = id
        self.version = version
        self.uptime = uptime
        self.samples = samples
        self.samplesPerSecond = samplesPerSecond
        self.lag = lag
        self.rejected = rejected
        self.storage = storage
        self.connections = connections
        self.subscribers = subscribers
        self.streams = streams
    }
}
