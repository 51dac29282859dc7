import NoBackTrackWire

/// What the learning loop needs of the configuration.
struct LearningSettings: Sendable {
    var configuration: DaemonConfiguration

    var defaultStream: String { configuration.streams.defaultName }
    var maxStreams: Int { configuration.streams.max }
    var maxStored: Int { configuration.streams.maxStored }
    var maxMemoryBytes: Int { configuration.streams.maxMemoryBytes }
    var maxSources: Int { configuration.ingest.maxSources }
    var level: Double { configuration.predict.level }
    var print: DaemonConfiguration.PrintFormat { configuration.predict.print }
    /// Samples between checkpoints; never reached when they are not wanted.
    var intervalSamples: UInt64 {
        configuration.checkpoint.intervalSamples == 0
            ? .max : UInt64(configuration.checkpoint.intervalSamples)
    }
}
