package import Configuration
import NoBackTrack
import NoBackTrackWire

/// A configuration key: its name, its default and what it means. The one list that the file, the
/// environment, the options and the example file are made from.
package struct ConfigurationKey: Sendable {
    /// The path, such as `learner.hiddenUnits`.
    package var path: String
    /// What it is when nobody says.
    package var standard: ConfigContent
    /// One line for the example file.
    package var meaning: String

    /// The path's parts.
    package var components: [String] { path.split(separator: ".").map(String.init) }

    private init(_ path: String, _ standard: ConfigContent, _ meaning: String) {
        self.path = path
        self.standard = standard
        self.meaning = meaning
    }

    /// The sections in the order of the file, with a line on each.
    package static let sections: [(name: String, meaning: String)] = [
        ("ingest", "Samples in."),
        ("predict", "Forecasts out."),
        ("streams", "Streams, one learner each."),
        (
            "learner",
            "The learner of every stream; streams.overrides changes any of these keys for one stream."
        ),
        ("checkpoint", "Learners on disk."),
        ("journal", "Accepted samples on disk, until a checkpoint holds them."),
        ("metrics", "Figures about the daemon, for monitoring."),
        ("log", "Messages to the journal, or on standard error."),
    ]

    /// Every key, in the order of the file. `streams.overrides.<name>.<learner key>` comes on top.
    package static let all: [ConfigurationKey] = {
        let defaults = DaemonConfiguration()
        return ingest(defaults.ingest) + predict(defaults.predict) + streams(defaults.streams)
            + learner(defaults.learner) + rest(defaults)
    }()

    /// The keys that an override may have.
    package static let learnerNames: [String] = all.filter { $0.path.hasPrefix("learner.") }.map {
        String($0.path.dropFirst("learner.".count))
    }

    private static func ingest(_ defaults: DaemonConfiguration.Ingest) -> [ConfigurationKey] {
        [
            .init(
                "ingest.socketPath", .string(defaults.socketPath),
                "Unix socket; \"\": $RUNTIME_DIRECTORY or $XDG_RUNTIME_DIR/nobacktrackd, unless stdin is read"
            ),
            .init(
                "ingest.format", .string(defaults.format.rawValue),
                "auto (by each connection), ndjson, csv, influx, f32le, f64le (frames of channels), symbols (bytes)"
            ),
            .init(
                "ingest.onEof", .string(defaults.onEof.rawValue),
                "when stdin ends: exit, stay, or auto (exit when stdin is the only source)"),
            .init("ingest.maxLineBytes", .int(defaults.maxLineBytes), "longest line, bytes"),
            .init(
                "ingest.maxChannels", .int(defaults.maxChannels),
                "most channels of a stream; a learner's memory grows with their square"),
            .init("ingest.maxConnections", .int(defaults.maxConnections), "further connections wait"),
            .init(
                "ingest.idleSeconds", .int(defaults.idleSeconds),
                "seconds without a whole line after which a connection makes room for one that waits"),
            .init(
                "ingest.ack", .string(defaults.ack.rawValue),
                "when producers on the socket are told {\"ack\":n}: none (never), learned, durable (on disk)"),
            .init(
                "ingest.maxSources", .int(defaults.maxSources),
                "sources of a stream whose sequence numbers are remembered, 1…4096"),
        ]
    }

    private static func predict(_ defaults: DaemonConfiguration.Predict) -> [ConfigurationKey] {
        [
            .init(
                "predict.socketPath", .string(defaults.socketPath),
                "Unix socket; \"\": $RUNTIME_DIRECTORY or $XDG_RUNTIME_DIR/nobacktrackd"),
            .init(
                "predict.level", .double(defaults.level),
                "probability that an interval holds the value, between 0 and 1"),
            .init(
                "predict.print", .string(defaults.print.rawValue),
                "forecasts on standard output: ndjson, influx, none"),
            .init(
                "predict.subscriberQueueEvents", .int(defaults.subscriberQueueEvents),
                "events that wait for a slow reader before the oldest are dropped"),
            .init(
                "predict.subscriberQueueBytes", .int(defaults.subscriberQueueBytes),
                "bytes of them at most, but for a single one"),
            .init("predict.maxConnections", .int(defaults.maxConnections), "further connections wait"),
            .init(
                "predict.idleSeconds", .int(defaults.idleSeconds),
                "seconds of neither asking nor taking after which a connection makes room for one that waits"),
            .init(
                "predict.maxRequestsPerSecond", .int(defaults.maxRequestsPerSecond),
                "of one connection; it is read no faster"),
            .init(
                "predict.controlGroup", .string(defaults.controlGroup),
                "group that may change things, beside root and the daemon's own user; \"\": none"),
        ]
    }

    private static func streams(_ defaults: DaemonConfiguration.Streams) -> [ConfigurationKey] {
        [
            .init(
                "streams.max", .int(defaults.max), "streams in memory; the least recently fed leaves to disk"),
            .init(
                "streams.maxStored", .int(defaults.maxStored),
                "streams in memory and on disk together; past it no stream begins"),
            .init(
                "streams.maxMemoryBytes", .int(defaults.maxMemoryBytes),
                "memory of all streams, bytes; past it the least recently fed leave to disk"),
            .init(
                "streams.idleSeconds", .int(defaults.idleSeconds),
                "seconds without a sample after which a stream leaves when memory is short, 0…86400"),
            .init(
                "streams.learningThreads", .int(defaults.learningThreads),
                "threads that learn, each its own streams, 0…1024; 0: one for each processor"),
            .init(
                "streams.defaultName", .string(defaults.defaultName), "stream of samples that name none"),
        ]
    }

    private static func learner(_ defaults: StreamConfiguration) -> [ConfigurationKey] {
        let learner = defaults.learner
        return [
            .init("learner.hiddenUnits", .int(learner.hiddenUnits), "units of the recurrent network, 1…4096"),
            .init(
                "learner.cell", .string(learner.cell.rawValue),
                "kind of unit: leaky-tanh, sparse-tanh, gru, lstm"),
            .init(
                "learner.connections", .int(learner.connections),
                "units that each unit of sparse-tanh sees, 1…4096"),
            .init(
                "learner.estimator", .string(learner.estimator.rawValue),
                "gradient of the recurrent part: nobacktrack, rtrl, uoro, snap1, bptt, frozen (none)"),
            .init(
                "learner.truncation", .int(learner.truncation), "steps that bptt looks back, 1…4096"),
            .init(
                "learner.optimizer", .string(learner.optimizer.rawValue),
                "steps of the recurrent weights: auto, signal-to-noise, adam, plain, kalman"),
            .init(
                "learner.metric", .string(learner.metric.rawValue),
                "what kalman keeps of its precision: diagonal, quasi-diagonal"),
            .init(
                "learner.observation", .string(learner.observation.rawValue),
                "what kalman takes for curvature: outer-product, full"),
            .init(
                "learner.scaling", .string(learner.scaling.rawValue),
                "how kalman's NoBackTrack weighs states: sensitivity, uncertainty, euclidean"),
            .init(
                "learner.priorPrecision", .double(learner.priorPrecision),
                "kalman's precision of a weight before anything was observed"),
            .init(
                "learner.smallestForgetting", .double(learner.smallestForgetting),
                "below which kalman's forgetting does not fall, from 0 to below 1"),
            .init("learner.rank", .int(learner.rank), "independent estimates averaged, 1…64"),
            .init(
                "learner.groups", .int(learner.groups),
                "groups of units that nobacktrack reduces by themselves: more, and less noise, 1…4096"),
            .init(
                "learner.horizons", .intArray(learner.horizons), "samples ahead, ascending, each 1…4096"),
            .init("learner.lags", .int(learner.lags), "earlier values offered to the readout, 0…512"),
            .init(
                "learner.forgettingFactor", .double(learner.forgettingFactor),
                "of the readout's least squares, above 0 up to 1"),
            .init(
                "learner.learningRate", .string("auto"),
                "step size of the recurrent weights; auto: what suits the optimizer"),
            .init(
                "learner.stepDecay", .double(learner.stepDecay),
                "how fast steps of adam and plain shrink with the square root of time"),
            .init(
                "learner.readoutLearningRate", .double(learner.readoutLearningRate),
                "step size of the readout of symbols"),
            .init(
                "learner.spectralRadius", .double(learner.spectralRadius),
                "of the recurrent weights that tanh units start from"),
            .init(
                "learner.inputScale", .double(learner.inputScale),
                "how strongly inputs move tanh units at the start"),
            .init(
                "learner.slowestLeak", .double(learner.slowestLeak),
                "leak of the slowest unit, 0.000001…1; its memory is 1/leak samples"),
            .init(
                "learner.experts", .string(learner.experts.rawValue),
                "who forecasts beside the network: all, without-network (all but it), none"),
            .init(
                "learner.longestSeason", .int(learner.longestSeason),
                "longest season the experts look for, samples, 0…8192; 0: none"),
            .init("learner.seed", .int(Int(learner.seed)), "keys every random draw"),
            .init("learner.targets", .stringArray(defaults.targets), "channels forecast; []: all"),
            .init(
                "learner.channels", .stringArray([]),
                "channels by name, or how many: [8]; []: those of a stream's first sample; frames need them"),
            .init(
                "learner.alphabet", .string(""),
                #"bytes that are symbols, such as "01\\n\\x00"; "": each new one takes the next place"#),
            .init(
                "learner.maxSymbols", .int(learner.maxSymbols),
                "places for the symbols of a stream without an alphabet, 2…256"),
        ]
    }

    private static func rest(_ defaults: DaemonConfiguration) -> [ConfigurationKey] {
        [
            .init(
                "checkpoint.stateDirectory", .string(defaults.checkpoint.stateDirectory),
                "\"\": $STATE_DIRECTORY, $XDG_STATE_HOME/nobacktrackd or ~/.local/state/nobacktrackd"),
            .init(
                "checkpoint.intervalSeconds", .int(defaults.checkpoint.intervalSeconds),
                "seconds between checkpoints; 0: not by time"),
            .init(
                "checkpoint.intervalSamples", .int(defaults.checkpoint.intervalSamples),
                "samples of a stream between checkpoints; 0: not by samples"),
            .init(
                "checkpoint.onStorageFailure", .string(defaults.checkpoint.onStorageFailure.rawValue),
                "while journal or checkpoints cannot be written: continue, stopLearning (samples wait), exit"),
            .init(
                "journal.enabled", .bool(defaults.journal.enabled),
                "false: what was learned since the last checkpoint is lost in a crash"),
            .init(
                "journal.syncIntervalMilliseconds", .int(defaults.journal.syncIntervalMilliseconds),
                "longest time until accepted samples survive a power failure"),
            .init(
                "journal.maxBytes", .int(defaults.journal.maxBytes),
                "about how large it becomes before checkpoints take its place, bytes"),
            .init(
                "metrics.maxStreams", .int(defaults.metrics.maxStreams),
                "streams with series of their own, those fed last; and channels with a horizon of all of them"
            ),
            .init(
                "log.level", .string(defaults.logLevel.rawValue),
                "trace, debug, info, notice, warning, error, critical"),
            .init(
                "log.rateLimitBurst", .int(defaults.logRateLimit.burst),
                "messages of one kind at once, those beyond are counted; 0: no limit"),
            .init(
                "log.rateLimitIntervalSeconds", .int(defaults.logRateLimit.intervalSeconds),
                "seconds in which so many more may come"),
        ]
    }
}
