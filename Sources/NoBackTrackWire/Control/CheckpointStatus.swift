/// A checkpoint on disk.
package struct CheckpointStatus: Codable, Sendable, Equatable {
    /// Samples learned from when it was taken.
    package var step: UInt64
    /// When it was written, in seconds since 1970 (UTC).
    package var time: Double
    /// The file.
    package var path: String

    /// Creates the description of a checkpoint.
    package init(step: UInt64, time: Double, path: String) {
        self.step = step
        self.time = time
        self.path = path
    }
}
