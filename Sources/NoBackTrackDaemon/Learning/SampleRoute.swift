package import NoBackTrackWire

/// How the values of a layout become the sample of a stream.
package struct SampleRoute: Sendable {
    /// For every channel of the stream the place of its value in the layout, -1 when the layout does not have it;
    /// nil when the two agree.
    package var places: [Int]?

    /// The route of a layout to a stream with the given channels.
    ///
    /// Values without names go by their place. A channel that is not in the layout is missing in the sample.
    ///
    /// - Throws: ``RouteRefusal`` when the layout does not fit the stream.
    package init(
        _ layout: SampleLayout, to stream: String, kind: StreamKind = .numbers, channels: [String]
    ) throws(RouteRefusal) {
        switch (layout.kind, kind) {
        case (.numbers, .numbers): break
        case (.symbols, .symbols): return
        case (.numbers, .symbols):
            throw RouteRefusal(
                .unknownChannel, "stream '\(stream)' is of symbols since its first sample: it has no channels"
            )
        case (.symbols, .numbers):
            throw RouteRefusal(
                .badSymbol, "stream '\(stream)' is of numbers since its first sample: it takes no symbols")
        }
        if layout.isPositional {
            guard layout.channels.count == channels.count else {
                throw RouteRefusal(
                    .wrongChannelCount,
                    "\(layout.channels.count) values; stream '\(stream)' has \(channels.count) channels")
            }
            return
        }
        guard layout.channels != channels else { return }
        guard !layout.channels.isEmpty else {
            throw RouteRefusal(.wrongChannelCount, "a sample without a single channel")
        }
        var places = [Int](repeating: -1, count: channels.count)
        for (place, channel) in layout.channels.enumerated() {
            guard let own = channels.firstIndex(of: channel) else {
                throw RouteRefusal(
                    .unknownChannel,
                    "stream '\(stream)' has no channel '\(channel)'; it has \(Self.list(channels))")
            }
            places[own] = place
        }
        self.places = places
    }

    /// The first few names.
    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(8).joined(separator: ", ")
        return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
    }
}

/// Why a sample cannot be taken.
package struct RouteRefusal: Error, Sendable, Equatable {
    /// For programs.
    package var code: RejectionCode
    /// For people.
    package var message: String

    /// A refusal for that reason.
    package init(_ code: RejectionCode, _ message: String) {
        self.code = code
        self.message = message
    }
}
