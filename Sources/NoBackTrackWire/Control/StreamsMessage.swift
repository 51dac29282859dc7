/// The answer to `streams`.
package struct StreamsMessage: ControlMessage, Equatable {
    /// True.
    package var ok: Bool
    /// `streams`.
    package var op: String
    /// The request's identifier.
    package var id: RequestIdentifier?
    /// Every stream, in memory or only on disk.
    package var streams: [StreamStatus]

    /// Creates the answer.
    package init(id: RequestIdentifier? = nil, streams: [StreamStatus]) {
        ok = true
        op = "streams"
        self.id = id
        self.streams = streams
    }
}
