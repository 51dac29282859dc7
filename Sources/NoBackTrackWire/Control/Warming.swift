/// How far a stream is from intervals that mean something.
package struct Warming: Codable, Sendable, Equatable {
    /// Samples learned from so far.
    package var seen: UInt64
    /// Samples needed.
    package var needed: UInt64

    /// Creates a state of warming.
    package init(seen: UInt64, needed: UInt64) {
        self.seen = seen
        self.needed = needed
    }
}
