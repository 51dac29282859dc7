/// A configuration that cannot be used: which key, and why.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// The key as the file spells it, or the file itself.
    package var key: String
    /// What is wrong and what is wanted.
    package var reason: String

    /// An error at a key.
    package init(key: String, reason: String) {
        self.key = key
        self.reason = reason
    }

    /// The key and the reason.
    package var description: String { "\(key): \(reason)" }
}
