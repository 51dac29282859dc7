import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackWire

/// One stream in memory: its learner and what is known about it. Owned by the learning loop.
final class LearningStream {
    let name: String
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
    /// Grows with every sample of any stream: the smallest is the least recently fed.
    var lastFed: UInt64 = 0
    /// The newest checkpoint on disk.
    var lastCheckpoint: CheckpointStatus?
    /// Whether the learner of the newest checkpoint learns.
    var savedIsLearning = true
    /// The step of the newest checkpoint that was asked for.
    var requestedStep: UInt64 = 0
    /// Connections that get this stream's events.
    var subscribers: [EventMailbox] = []

    private init(
        name: String, channels: [String], targets: [Int], configuration: StreamConfiguration,
        learner: EitherLearner, memoryBytes: Int, now: UInt64
    ) {
        self.name = name
        self.channels = channels
        self.targets = targets
        self.configuration = configuration
        self.learner = learner
        self.memoryBytes = memoryBytes
        rate = RateMeter(now: now)
    }

    /// A stream of numbers that has seen nothing.
    ///
    /// - Returns: nil when one of the configured targets is not among the channels.
    convenience init?(name: String, channels: [String], configuration: StreamConfiguration, now: UInt64) {
        guard let targets = configuration.targetPlaces(in: channels) else { return nil }
        self.init(
            name: name, channels: channels, targets: targets, configuration: configuration,
            learner: EitherLearner(
                StreamLearner(
                    configuration: configuration.learner, channelCount: channels.count, targets: targets,
                    streamKey: Self.key(of: name))),
            memoryBytes: StreamLearner.memoryBytes(
                configuration: configuration.learner, channelCount: channels.count,
                targetCount: targets.count),
            now: now)
    }

    /// A stream of symbols that has seen nothing.
    convenience init(symbolsOf name: String, configuration: StreamConfiguration, now: UInt64) {
        self.init(
            name: name, channels: [], targets: [], configuration: configuration,
            learner: EitherLearner(
                SymbolLearner(
                    configuration: configuration.learner, alphabet: configuration.alphabet,
                    streamKey: Self.key(of: name))),
            memoryBytes: SymbolLearner.memoryBytes(
                configuration: configuration.learner, alphabetCount: configuration.alphabet.count),
            now: now)
    }

    /// The stream of a checkpoint.
    ///
    /// - Throws: ``StateError`` when the state does not fit the configuration.
    convenience init(
        _ checkpoint: Checkpoint, path: String, configuration: StreamConfiguration, now: UInt64
    ) throws(StateError) {
        switch try configuration.checkContinues(checkpoint.configuration) {
        case .numbers:
            try configuration.checkChannels(of: checkpoint)
            // Cannot fail: the targets were found among the channels above.
            self.init(
                name: checkpoint.stream, channels: checkpoint.channels, configuration: configuration, now: now
            )!
        case .symbols:
            self.init(symbolsOf: checkpoint.stream, configuration: configuration, now: now)
        }
        try learner.restore(checkpoint.tensors)
        guard learner.stepCount == checkpoint.step else {
            throw .invalid(
                name: "step", reason: "the state is at \(learner.stepCount), not \(checkpoint.step)")
        }
        time = checkpoint.time
        lastCheckpoint = CheckpointStatus(step: checkpoint.step, time: checkpoint.savedAt, path: path)
        requestedStep = checkpoint.step
        savedIsLearning = learner.isLearning
    }

    /// Whether there is something that no checkpoint has.
    var isDirty: Bool {
        learner.stepCount != (lastCheckpoint?.step ?? 0) || learner.isLearning != savedIsLearning
    }

    /// Everything a checkpoint needs, at this moment. Costs nothing: arrays are copied when the learner goes on.
    var snapshot: StreamSnapshot {
        StreamSnapshot(
            name: name, channels: channels, targets: targets.map { channels[$0] }, time: time,
            configuration: configuration.canonicalText(learner.kind), learner: learner)
    }

    /// The key of the stream's random draws: FNV-1a of its name, so that it does not depend on what other
    /// streams there are.
    static func key(of name: String) -> UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

extension StreamConfiguration {
    /// Checks that a checkpoint of a stream of numbers has the channels and targets that are configured.
    ///
    /// - Throws: ``StateError`` when it does not.
    fileprivate func checkChannels(of checkpoint: Checkpoint) throws(StateError) {
        let wanted = targetPlaces(in: checkpoint.channels)?.map { checkpoint.channels[$0] }
        guard wanted == checkpoint.targets, !checkpoint.channels.isEmpty else {
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
    }
}

/// A stream's learner at one moment, on its way to disk.
struct StreamSnapshot: Sendable {
    var name: String
    var channels: [String]
    var targets: [String]
    var time: Double?
    var configuration: String
    var learner: EitherLearner

    /// As a checkpoint written now.
    func checkpoint(savedAt: Double) -> Checkpoint {
        Checkpoint(
            stream: name, step: learner.stepCount, channels: channels, targets: targets, time: time,
            configuration: configuration, tensors: learner.state(), savedAt: savedAt)
    }
}
