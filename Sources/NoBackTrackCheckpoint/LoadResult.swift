/// What was found when a stream's newest checkpoint was asked for.
package struct LoadResult: Sendable, Equatable {
    /// A file that could not be used and was renamed, so that it is neither loaded nor overwritten.
    package struct SetAside: Sendable, Equatable {
        /// Where it is now.
        package var path: String
        /// What is wrong with it.
        package var reason: String

        /// A file that was renamed.
        package init(path: String, reason: String) {
            self.path = path
            self.reason = reason
        }
    }

    /// The newest valid checkpoint; nil when there is none.
    package var checkpoint: Checkpoint?
    /// Its file.
    package var path: String?
    /// The position of the oldest checkpoint that is kept: what the journal has before it is not needed.
    package var oldestPosition: UInt64?
    /// Newer files than that which could not be used.
    package var setAside: [SetAside]

    /// A result of these values.
    package init(
        checkpoint: Checkpoint?, path: String?, oldestPosition: UInt64? = nil, setAside: [SetAside]
    ) {
        self.checkpoint = checkpoint
        self.path = path
        self.oldestPosition = oldestPosition
        self.setAside = setAside
    }
}
