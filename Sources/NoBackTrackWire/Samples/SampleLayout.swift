/// What the values of a sample mean: whose they are, and of which channels, in the order they came.
package struct SampleLayout: Sendable, Hashable {
    /// The stream's name; nil when the sample did not say.
    package var stream: String?
    /// The producer that numbers the samples, by the name it gives itself; nil when the sample did not say.
    package var source: String?
    /// The channels' names, one a value.
    package var channels: [String]
    /// Whether the names are only places, `c0`, `c1`, …: a JSON array, or CSV without a header.
    package var isPositional: Bool
    /// Of which kind a stream has to be that takes the sample.
    package var kind = StreamKind.numbers

    /// Creates a layout with named channels.
    package init(stream: String?, source: String? = nil, channels: [String]) {
        self.stream = stream
        self.source = source
        self.channels = channels
        isPositional = false
    }

    /// Creates the layout of `count` values without names.
    package init(stream: String?, positions count: Int) {
        self.stream = stream
        channels = (0..<count).map { "c\($0)" }
        isPositional = true
    }

    /// Creates the layout of symbols: one value, the number of the byte.
    package init(symbolsOf stream: String?) {
        self.stream = stream
        channels = ["symbol"]
        isPositional = true
        kind = .symbols
    }
}
