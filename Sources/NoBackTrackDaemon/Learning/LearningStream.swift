import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackWire

/// One stream in memory: its learner and what is known about it. Owned by its learning thread.
final class LearningStream {
    let name: String
    let kind: StreamKind
    /// None where samples are symbols.
    let channels: [String]
    /// The channels forecast, by place in ``channels``.
    let targets: [Int]
    let configuration: StreamConfiguration
    var learner: EitherLearner
    /// Memory the stream takes, in bytes.
    let memoryBytes: Int
    /// When the last sample was taken, in seconds since 1970; nil when it did not say.
    var time: Double?
    /// Samples that named this stream and could not be used.
    var rejected: UInt64 = 0
    var rate: RateMeter
    /// When it was last fed, in monotonic nanoseconds; of two streams on one thread never the same.
    var lastFed: UInt64 = 0
    /// The newest checkpoint on disk.
    var lastCheckpoint: CheckpointStatus?
    /// What the journal knows it by.
    var log: StreamLog
    /// The position of the newest checkpoint, or at which the stream began; nil: what was on disk is gone.
    var savedPosition: UInt64?
    /// When the oldest change was made that no checkpoint has, in monotonic nanoseconds; nil: there is none.
    var unsavedSince: UInt64?
    /// The step of the newest checkpoint that was asked for.
    var requestedStep: UInt64 = 0
    /// Whether its events need not say how far it has warmed up.
    var isWarm = false
    /// Where its events go; nil while nobody wants them.
    var feed: StreamFeed?
    /// Whether a slice is learning that leaves no event of this stream but its last.
    var isSilent = false
    /// Writes its events; nil of symbols, and until one is to be written.
    private var writer: ForecastEventWriter?

    private init(
        name: String, channels: [String], targets: [Int], configuration: StreamConfiguration,
        learner: EitherLearner, memoryBytes: Int, log: StreamLog, now: UInt64
    ) {
        self.name = name
        kind = learner.kind
        self.channels = channels
        self.targets = targets
        self.configuration = configuration
        self.learner = learner
        self.memoryBytes = memoryBytes
        self.log = log
        savedPosition = log.position
        rate = RateMeter(now: now)
    }

    /// A stream of numbers that has seen nothing.
    ///
    /// - Parameter targets: by place in the channels, as ``StreamConfiguration/targetPlaces(in:)`` gives them.
    convenience init(
        name: String, channels: [String], targets: [Int], configuration: StreamConfiguration, log: StreamLog,
        now: UInt64
    ) {
        self.init(
            name: name, channels: channels, targets: targets, configuration: configuration,
            learner: EitherLearner(
                configuration.newLearner(of: name, channelCount: channels.count, targets: targets)),
            memoryBytes: Self.memoryBytes(
                .numbers, configuration, channelCount: channels.count, targetCount: targets.count),
            log: log, now: now)
    }

    /// A stream of symbols that has seen nothing.
    convenience init(symbolsOf name: String, configuration: StreamConfiguration, log: StreamLog, now: UInt64)
    {
        self.init(
            name: name, channels: [], targets: [], configuration: configuration,
            learner: EitherLearner(
                SymbolLearner(
                    configuration: configuration.learner, alphabet: configuration.alphabet,
                    streamKey: Self.key(of: name))),
            memoryBytes: Self.memoryBytes(.symbols, configuration, channelCount: 0, targetCount: 0),
            log: log, now: now)
    }

    /// The stream of a checkpoint.
    ///
    /// - Throws: ``StateError`` when the state does not fit the configuration.
    convenience init(
        _ checkpoint: Checkpoint, path: String, configuration: StreamConfiguration, maxSources: Int,
        now: UInt64
    ) throws(StateError) {
        let log = StreamLog(checkpoint, maxSources: maxSources)
        switch try configuration.checkContinues(checkpoint.configuration) {
        case .numbers:
            self.init(
                name: checkpoint.stream, channels: checkpoint.channels,
                targets: try configuration.targetPlaces(of: checkpoint), configuration: configuration,
                log: log, now: now)
        case .symbols:
            self.init(symbolsOf: checkpoint.stream, configuration: configuration, log: log, now: now)
        }
        try learner.restore(checkpoint.tensors)
        guard learner.stepCount == checkpoint.step else {
            throw .invalid(
                name: "step", reason: "the state is at \(learner.stepCount), not \(checkpoint.step)")
        }
        time = checkpoint.time
        lastCheckpoint = CheckpointStatus(step: checkpoint.step, time: checkpoint.savedAt, path: path)
        requestedStep = checkpoint.step
    }

    /// What writes the stream's events; nil of symbols.
    func eventWriter(level: Double) -> ForecastEventWriter? {
        if writer == nil, kind == .numbers {
            writer = ForecastEventWriter(
                stream: name, channels: targets.map { channels[$0] },
                horizons: configuration.learner.horizons,
                level: level)
        }
        return writer
    }

    /// Whether there is something that no checkpoint has.
    var isDirty: Bool { log.position != savedPosition }

    /// Something is about to happen that no checkpoint has.
    func willChange(at now: UInt64) {
        if unsavedSince == nil { unsavedSince = now }
    }

    /// Everything a checkpoint needs, at this moment. Costs nothing: arrays are copied when the learner goes on.
    var snapshot: StreamSnapshot {
        StreamSnapshot(
            name: name, channels: channels, targets: targets.map { channels[$0] }, time: time,
            configuration: configuration.canonicalText(learner.kind), position: log.position,
            sources: log.marks.marks, learner: learner)
    }

    /// About the memory a stream takes, in bytes.
    static func memoryBytes(
        _ kind: StreamKind, _ configuration: StreamConfiguration, channelCount: Int, targetCount: Int
    ) -> Int {
        switch kind {
        case .numbers:
            StreamLearner.memoryBytes(
                configuration: configuration.learner, channelCount: channelCount, targetCount: targetCount)
        case .symbols:
            SymbolLearner.memoryBytes(
                configuration: configuration.learner, alphabetCount: configuration.alphabet.count)
        }
    }

    /// The key of the stream's random draws: FNV-1a of its name, so that it does not depend on what other
    /// streams there are.
    static func key(of name: String) -> UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

extension StreamConfiguration {
    /// The learner of a stream of numbers that has seen nothing.
    func newLearner(of name: String, channelCount: Int, targets: [Int]) -> StreamLearner {
        StreamLearner(
            configuration: learner, channelCount: channelCount, targets: targets,
            streamKey: LearningStream.key(of: name))
    }

    /// The places of the targets in a checkpoint of a stream of numbers.
    ///
    /// - Throws: ``StateError`` when its channels and targets are not those that are configured.
    fileprivate func targetPlaces(of checkpoint: Checkpoint) throws(StateError) -> [Int] {
        let places = targetPlaces(in: checkpoint.channels)
        let wanted = places?.map { checkpoint.channels[$0] }
        guard let places, wanted == checkpoint.targets, !checkpoint.channels.isEmpty else {
            throw .mismatch(
                name: "learner.targets", found: "\(checkpoint.targets)", needed: "\(wanted ?? targets)")
        }
        switch channels {
        case .count(let count) where count != checkpoint.channels.count:
            throw .mismatch(
                name: "learner.channels", found: "\(checkpoint.channels.count)", needed: "\(count)")
        case .named(let names) where names != checkpoint.channels:
            throw .mismatch(name: "learner.channels", found: "\(checkpoint.channels)", needed: "\(names)")
        default: break
        }
        return places
    }
}

/// A stream's learner at one moment, on its way to disk.
struct StreamSnapshot: Sendable {
    var name: String
    var channels: [String]
    var targets: [String]
    var time: Double?
    var configuration: String
    var position: UInt64
    var sources: [Checkpoint.SourceMark]
    var learner: EitherLearner

    /// As a checkpoint written now.
    func checkpoint(savedAt: Double) -> Checkpoint {
        Checkpoint(
            stream: name, step: learner.stepCount, channels: channels, targets: targets, time: time,
            configuration: configuration, tensors: learner.state(), position: position, sources: sources,
            savedAt: savedAt)
    }
}
