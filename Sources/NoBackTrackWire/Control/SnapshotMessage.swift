/// The answer to `snapshot`: these checkpoints are on disk.
package struct SnapshotMessage: ControlMessage, Equatable {
    /// A checkpoint that was written.
    package struct Written: Codable, Sendable, Equatable {
        /// The stream's name.
        package var stream: String
        /// Samples learned from.
        package var step: UInt64
        /// The file.
        package var path: String

        /// Creates the description of a written checkpoint.
        package init(stream: String, step: UInt64, path: String) {
            self.stream = stream
            self.step = step
            self.path = path
        }
    }

    /// True.
    package var ok: Bool
    /// `snapshot`.
    package var op: String
    /// The request's identifier.
    package var id: RequestIdentifier?
    /// What was written.
    package var written: [Written]

    /// Creates the answer.
    package init(id: RequestIdentifier? = nil, written: [Written]) {
        ok = true
        op = "snapshot"
        self.id = id
        self.written = written
    }
}
