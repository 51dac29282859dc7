/// How much one connection may ask of the parser.
package struct ParserLimits: Sendable, Equatable {
    /// The longest line that is read, in bytes without its newline.
    package var maxLineBytes: Int
    /// The most channels that a sample may have.
    package var maxChannels: Int
    /// The most distinct layouts (streams with their sets of channels) on a connection.
    package var maxLayouts: Int
    /// The most bytes of names, of streams and channels, in all layouts of a connection together; a line of
    /// ``maxLineBytes`` has room even where this is less. 1 MiB by default.
    package var maxLayoutBytes: Int

    /// Creates limits; all must be positive.
    package init(
        maxLineBytes: Int = 65_536, maxChannels: Int = 1024, maxLayouts: Int = 4096,
        maxLayoutBytes: Int = 1 << 20
    ) {
        precondition(
            maxLineBytes > 0 && maxChannels > 0 && maxLayouts > 0 && maxLayoutBytes > 0,
            "limits are positive")
        self.maxLineBytes = maxLineBytes
        self.maxChannels = maxChannels
        self.maxLayouts = maxLayouts
        self.maxLayoutBytes = maxLayoutBytes
    }
}
