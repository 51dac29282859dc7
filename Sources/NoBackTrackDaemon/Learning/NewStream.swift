package import NoBackTrack
package import NoBackTrackWire

/// What a stream that begins is made from, checked before there is anything of it.
package struct NewStream: Sendable {
    /// Its name.
    package let name: String
    let kind: StreamKind
    /// None where samples are symbols.
    package let channels: [String]
    /// The channels forecast, by place in ``channels``.
    package let targets: [Int]
    /// What its learner is made from.
    package let configuration: StreamConfiguration
    /// About the memory it will take, in bytes.
    let memoryBytes: Int

    /// The stream that a layout's sample would begin.
    ///
    /// - Parameter maxMemoryBytes: a stream whose learner would take more is refused.
    /// - Throws: ``RouteRefusal`` when there can be no such stream.
    package init(
        _ name: String, _ layout: SampleLayout, _ configuration: StreamConfiguration, maxMemoryBytes: Int
    ) throws(RouteRefusal) {
        self.name = name
        self.configuration = configuration
        kind = layout.kind
        switch layout.kind {
        case .numbers:
            channels = try Self.channels(of: layout, configuration)
            // A sample that does not fit creates nothing.
            _ = try SampleRoute(layout, to: name, channels: channels)
            guard let targets = configuration.targetPlaces(in: channels) else {
                throw RouteRefusal(
                    .unknownChannel,
                    "stream '\(name)' lacks one of the targets \(configuration.targets.joined(separator: ", "))"
                )
            }
            self.targets = targets
        case .symbols:
            (channels, targets) = ([], [])
        }
        memoryBytes = LearningStream.memoryBytes(
            layout.kind, configuration, channelCount: channels.count, targetCount: targets.count)
        guard memoryBytes <= maxMemoryBytes else {
            let stream =
                layout.kind == .symbols
                ? "symbol stream '\(name)'" : "stream '\(name)' with \(channels.count) channels"
            throw RouteRefusal(
                .tooManyStreams,
                "\(stream) would take \(memoryBytes) bytes; streams.maxMemoryBytes is \(maxMemoryBytes)")
        }
    }

    private static func channels(
        of layout: SampleLayout, _ configuration: StreamConfiguration
    ) throws(RouteRefusal) -> [String] {
        var channels = layout.channels
        switch configuration.channels {
        case .found: break
        case .named(let names): channels = names
        case .count(let count):
            guard channels.count == count else {
                throw RouteRefusal(
                    .wrongChannelCount, "\(channels.count) channels; learner.channels says \(count)")
            }
        }
        guard !channels.isEmpty else {
            throw RouteRefusal(.wrongChannelCount, "a sample without a single channel")
        }
        return channels
    }
}

extension NewStream {
    /// The learner of a stream of numbers that has seen nothing: fed the same samples, it makes the forecasts of the
    /// stream of this name in any daemon of this configuration, bit for bit.
    package var learner: StreamLearner {
        configuration.newLearner(of: name, channelCount: channels.count, targets: targets)
    }
}
