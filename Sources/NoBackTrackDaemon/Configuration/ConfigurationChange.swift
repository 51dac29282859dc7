/// What of a newly read configuration a running daemon takes over.
struct ConfigurationChange: Sendable {
    /// What is to be in force.
    let configuration: DaemonConfiguration
    /// The keys that change.
    let changed: [String]
    /// The keys that would have changed, but cannot without another start.
    let refused: [String]

    /// Compares a configuration that is in force with a new one.
    init(from current: DaemonConfiguration, to new: DaemonConfiguration) {
        var merged = new
        merged.keepFixed(of: current)
        var changed: [String] = []
        var refused: [String] = []
        for key in ConfigurationKey.all {
            let wanted = ConfigurationDocument.value(of: key, in: new)
            let present = ConfigurationDocument.value(of: key, in: current)
            guard wanted != present else { continue }
            if ConfigurationDocument.value(of: key, in: merged) == wanted {
                changed.append(key.path)
            } else {
                refused.append(key.path)
            }
        }
        let streams = Set(current.streams.overrides.keys).union(new.streams.overrides.keys)
        for stream in streams.sorted()
        where current.streams.overrides[stream] != new.streams.overrides[stream] {
            refused.append("streams.overrides.\(stream)")
        }
        configuration = merged
        self.changed = changed
        self.refused = refused
    }
}

extension DaemonConfiguration {
    /// Takes over what a daemon cannot change while it runs: where things are, what reads and writes, and how learners are
    /// made, since those that exist would not fit.
    fileprivate mutating func keepFixed(of current: DaemonConfiguration) {
        ingest.socketPath = current.ingest.socketPath
        ingest.format = current.ingest.format
        ingest.frame = current.ingest.frame
        ingest.onEof = current.ingest.onEof
        ingest.maxSources = current.ingest.maxSources
        predict.socketPath = current.predict.socketPath
        predict.print = current.predict.print
        streams.learningThreads = current.streams.learningThreads
        streams.defaultName = current.streams.defaultName
        streams.overrides = current.streams.overrides
        learner = current.learner
        checkpoint.stateDirectory = current.checkpoint.stateDirectory
        journal.enabled = current.journal.enabled
        // What is right with the new file need not be with what is kept of the old one.
        let channels = ([learner] + streams.overrides.values).compactMap(\.channels.number).max()
        if let channels, channels > ingest.maxChannels { ingest.maxChannels = current.ingest.maxChannels }
        if !journal.enabled, ingest.ack == .durable { ingest.ack = current.ingest.ack }
    }
}
