package import NoBackTrackWire

/// Everything that a user can set, with the defaults. `config/nobacktrackd.yaml` shows the same keys.
package struct DaemonConfiguration: Sendable, Equatable {
    /// What happens when standard input ends.
    package enum EndOfInput: String, Sendable, CaseIterable {
        /// Exit when standard input is the only source, stay otherwise.
        case auto
        /// Write the last checkpoints and exit.
        case exit
        /// Go on serving.
        case stay
    }

    /// What goes to standard output for every sample.
    package enum PrintFormat: String, Sendable, CaseIterable {
        case none, ndjson, influx
    }

    /// When a producer is told that its samples are settled.
    package enum Acknowledgement: String, Sendable, CaseIterable {
        /// Never.
        case none
        /// When they are learned.
        case learned
        /// When they are learned and on disk.
        case durable
    }

    /// What happens while the journal or a checkpoint cannot be written.
    package enum StorageFailurePolicy: String, Sendable, CaseIterable {
        /// Samples are learned all the same.
        case `continue`
        /// Samples wait, and so do their producers.
        case stopLearning
        /// The daemon stops.
        case exit
    }

    /// How chatty the log is.
    package enum LogLevel: String, Sendable, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    /// Samples in.
    package struct Ingest: Sendable, Equatable {
        /// Where the ingest socket is; empty: chosen by the environment, and only when standard input is not read.
        package var socketPath = ""
        /// How the bytes of every connection are read.
        package var format = SampleFormat.auto
        /// What the numbers of a raw frame are; not nil if the format is raw. No key of its own: the channels of the
        /// stream that takes samples without a name.
        package var frame: SampleLayout?
        /// What happens when standard input ends.
        package var onEof = EndOfInput.auto
        /// Longest line, in bytes; 64 … 16 MiB.
        package var maxLineBytes = 65_536
        /// Most channels of a stream: what a learner takes grows with their square. 1 … 1024.
        package var maxChannels = 256
        /// Open connections; further ones wait in the socket's queue. 1 … 65 536.
        package var maxConnections = 256
        /// Seconds without a complete line after which a connection gives up its place, if all are taken and another
        /// connection waits; 1 … 86 400.
        package var idleSeconds = 60
        /// When a producer on the socket is told that its samples are settled.
        package var ack = Acknowledgement.none
        /// Sources of a stream whose sequence numbers are remembered. 1 … 4096.
        package var maxSources = 64

        /// What one connection may ask of the parser.
        package var limits: ParserLimits {
            ParserLimits(maxLineBytes: maxLineBytes, maxChannels: maxChannels)
        }
    }

    /// Forecasts out.
    package struct Predict: Sendable, Equatable {
        /// Where the predict socket is; empty: chosen by the environment.
        package var socketPath = ""
        /// Probability that an interval holds the value, unless a request says; 0 < level < 1.
        package var level = 0.9
        /// What goes to standard output.
        package var print = PrintFormat.none
        /// Events that wait for a slow subscriber before the oldest are dropped; 1 … 1 048 576.
        package var subscriberQueueEvents = 1024
        /// Bytes of the events that wait for a slow subscriber before the oldest are dropped, unless there is only one;
        /// 4096 … 1 GiB.
        package var subscriberQueueBytes = 1 << 20
        /// Open connections; further ones wait in the socket's queue. 1 … 65 536.
        package var maxConnections = 256
        /// Seconds without a request, and without anything that it took, after which a connection gives up its place, if
        /// all are taken and another connection waits; 1 … 86 400.
        package var idleSeconds = 60
        /// Requests of one connection; those of a second may come at once, and faster than that it is not read.
        /// 1 … 1 000 000.
        package var maxRequestsPerSecond = 10_000
        /// A group whose members may change things beside root and the daemon's own user; empty: none.
        package var controlGroup = ""
    }

    /// Streams as a whole.
    package struct Streams: Sendable, Equatable {
        /// Streams in memory; past it the least recently fed one leaves to disk. 1 … 1 000 000.
        package var max = 1024
        /// Streams in memory and on disk together; past it no stream begins. 1 … 10 000 000.
        package var maxStored = 65_536
        /// Memory that all streams together may take, in bytes; past it the least recently fed leave to disk, and a
        /// stream that is larger by itself is refused. 1 MiB … 1 TiB.
        package var maxMemoryBytes = 1 << 30
        /// Seconds without a sample after which a stream leaves memory when the service manager says that memory is short;
        /// 0 … 86 400.
        package var idleSeconds = 10
        /// Threads that learn, each its own streams; 0: one for each processor that the process may run on. At most 1024.
        package var learningThreads = 0
        /// The stream of samples that name none.
        package var defaultName = "default"
        /// What differs for single streams, by name.
        package var overrides: [String: StreamConfiguration] = [:]
    }

    /// Checkpoints.
    package struct Checkpoint: Sendable, Equatable {
        /// Where learners are kept; empty: chosen by the environment.
        package var stateDirectory = ""
        /// Seconds between checkpoints of a stream that was fed; 0: not by time. At most 31 536 000 (a year).
        package var intervalSeconds = 300
        /// Samples between checkpoints of a stream; 0: not by samples.
        package var intervalSamples = 0
        /// What happens while the journal or a checkpoint cannot be written.
        package var onStorageFailure = StorageFailurePolicy.continue
    }

    /// Accepted samples on disk, before they are learned.
    package struct Journal: Sendable, Equatable {
        /// Whether there is one.
        package var enabled = true
        /// Longest time until what was accepted is on disk, in milliseconds; 10 … 60 000.
        package var syncIntervalMilliseconds = 1000
        /// Size past which checkpoints take the place of its oldest part, in bytes; 1 MiB … 1 TiB.
        package var maxBytes = 64 << 20

        /// Size of a segment, of which it has about eight, or more: each is read as a whole.
        package var segmentBytes: Int { min(maxBytes / 8, 64 << 20) }
    }

    /// Figures about the daemon.
    package struct Metrics: Sendable, Equatable {
        /// Streams in memory, those fed last, that have series of their own, and as many channels with a horizon of all
        /// of them together; 0 … 10 000.
        package var maxStreams = 100
    }

    package var ingest = Ingest()
    package var predict = Predict()
    package var streams = Streams()
    /// The learner of every stream that has no override.
    package var learner = StreamConfiguration()
    package var checkpoint = Checkpoint()
    package var journal = Journal()
    package var metrics = Metrics()
    /// The least severe messages that are logged.
    package var logLevel = LogLevel.info
    /// How many of one kind of message are logged.
    package var logRateLimit = LogRateLimit()

    /// The defaults.
    package init() {}

    /// What the given stream's learner is made from.
    package func stream(named name: String) -> StreamConfiguration {
        streams.overrides[name] ?? learner
    }
}
