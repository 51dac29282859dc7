/// What the samples of a stream are; its first one fixes it. The raw values are promised to users.
package enum StreamKind: String, Codable, Sendable, CaseIterable {
    /// One number for every channel.
    case numbers
    /// One byte.
    case symbols
}
