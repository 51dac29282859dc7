/// How one stream is.
package struct StreamStatus: Codable, Sendable, Equatable {
    /// The stream's name.
    package var stream: String
    /// What its samples are.
    package var kind: StreamKind
    /// Samples learned from, those passed as missing among them.
    package var step: UInt64
    /// All channels, in the order of the first sample; none where samples are symbols.
    package var channels: [String]
    /// The channels that are forecast.
    package var targets: [String]
    /// How many samples ahead.
    package var horizons: [Int]
    /// When the last sample was taken, in seconds since 1970 (UTC); nil when it did not say.
    package var time: Double?
    /// Samples that could not be used.
    package var rejected: UInt64
    /// Samples that were sent before, by their sequence number, since the stream came to memory; nil: the daemon is of before it counted.
    package var repeated: UInt64?
    /// Values missing in samples that came.
    package var missing: UInt64
    /// What the samples' times have shown; nil where samples are symbols.
    package var clock: ClockStatus?
    /// What its values and errors have shown; nil where samples are symbols.
    package var conditions: ConditionStatus?
    /// How far intervals are from meaning something; nil once they do.
    package var warming: Warming?
    /// For every head: 1 − (its mean absolute error) / (that of "as now").
    package var skill: [HeadFigure]
    /// For every head: the share of values that fell into their interval, 0…1.
    package var coverage: [HeadFigure]
    /// For every head the experts, the network among them; nil where the network serves alone.
    package var experts: [ExpertFigure]?
    /// The seasons found; nil where nobody looks for any.
    package var seasons: [SeasonFigure]?
    /// The newest checkpoint; nil when there is none.
    package var lastCheckpoint: CheckpointStatus?
    /// Whether its learner is in memory, or only on disk.
    package var inMemory: Bool
    /// How fast samples come at present.
    package var samplesPerSecond: Double
    /// Symbols in use; nil where samples are numbers.
    package var alphabetSize: Int?
    /// −log2 of the probability that had been given to what came, averaged over about the newest 1000 symbols; nil where
    /// samples are numbers, and before the first.
    package var bitsPerSymbol: Double?

    /// Creates a stream's status.
    package init(
        stream: String, kind: StreamKind = .numbers, step: UInt64, channels: [String] = [],
        targets: [String] = [],
        horizons: [Int],
        time: Double? = nil, rejected: UInt64 = 0, repeated: UInt64? = nil, missing: UInt64 = 0,
        clock: ClockStatus? = nil, conditions: ConditionStatus? = nil, warming: Warming? = nil,
        skill: [HeadFigure] = [], coverage: [HeadFigure] = [], experts: [ExpertFigure]? = nil,
        seasons: [SeasonFigure]? = nil, lastCheckpoint: CheckpointStatus? = nil,
        inMemory: Bool = true, samplesPerSecond: Double = 0, alphabetSize: Int? = nil,
        bitsPerSymbol: Double? = nil
    ) {
        self.stream = stream
        self.kind = kind
        self.step = step
        self.channels = channels
        self.targets = targets
        self.horizons = horizons
        self.time = time
        self.rejected = rejected
        self.repeated = repeated
        self.missing = missing
        self.clock = clock
        self.conditions = conditions
        self.warming = warming
        self.skill = skill
        self.coverage = coverage
        self.experts = experts
        self.seasons = seasons
        self.lastCheckpoint = lastCheckpoint
        self.inMemory = inMemory
        self.samplesPerSecond = samplesPerSecond
        self.alphabetSize = alphabetSize
        self.bitsPerSymbol = bitsPerSymbol
    }
}
