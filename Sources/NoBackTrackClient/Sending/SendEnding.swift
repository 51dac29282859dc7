/// How the sending of samples came to its end.
package enum SendEnding: Sendable, Equatable {
    /// Every sample is settled; or, where nothing is acknowledged, was taken.
    case complete
    /// Nothing went on for as long as patience lasts; with what stood in the way.
    case impatient(String)
    /// Asked to stop, and what was outstanding did not come in time.
    case stopped
    /// The other side does not speak the protocol.
    case notUnderstood(line: String, reason: String)
}
