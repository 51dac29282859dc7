import NoBackTrack
import NoBackTrackWire

/// The learner of a stream of either kind.
///
/// Two optionals of which exactly one is there, and not an enumeration with payloads: a step through `?` changes the
/// learner where it is, while taking it out of a payload and putting it back would copy its arrays at every sample.
///
/// Reading through `?` does copy the learner, every one of its arrays retained and released: what is asked for at every
/// sample is kept beside it, or read while it is lent.
struct EitherLearner: Sendable {
    private(set) var numbers: StreamLearner?
    private(set) var symbols: SymbolLearner?
    let kind: StreamKind
    /// Samples taken, those passed as missing among them.
    private(set) var stepCount: UInt64
    /// What the samples' times say; symbols have none.
    private(set) var clock: SampleClock
    /// What the newest sample has shown.
    private(set) var reports: [ConditionReport] = []
    /// How many there have been, gaps excepted.
    private(set) var reportCount: UInt64 = 0

    /// The learner of a stream of numbers.
    init(_ learner: StreamLearner) {
        numbers = learner
        clock = SampleClock(channelCount: learner.channelCount)
        reportCount = learner.conditions.reportCount
        kind = .numbers
        stepCount = learner.stepCount
    }

    /// The learner of a stream of symbols.
    init(_ learner: SymbolLearner) {
        symbols = learner
        clock = SampleClock(channelCount: 0)
        kind = .symbols
        stepCount = learner.stepCount
    }

    /// Whether samples change parameters.
    var isLearning: Bool {
        get { numbers?.isLearning ?? symbols?.isLearning ?? false }
        set {
            numbers?.isLearning = newValue
            symbols?.isLearning = newValue
        }
    }

    /// Decides about a sample of a stream of numbers by its time, before it is taken.
    mutating func judge(_ time: Double?, _ sample: Span<Double>) -> SampleClock.Verdict {
        clock.judge(time, sample)
    }

    /// Takes one sample of a stream of numbers.
    mutating func step(_ sample: Span<Double>) {
        reports = numbers?.report(sample) ?? []
        reportCount += UInt64(reports.count)
        stepCount += 1
    }

    /// Takes one symbol of a stream of symbols.
    ///
    /// - Returns: false when it is not in the alphabet and has no place there; nothing has changed then.
    mutating func step(_ symbol: UInt8) -> Bool {
        guard symbols?.takeIfAccepted(symbol) == true else { return false }
        stepCount += 1
        return true
    }

    /// Lends the learner of a stream of numbers.
    ///
    /// - Returns: nil when it is one of symbols.
    mutating func lendNumbers<Result>(_ body: (inout StreamLearner) -> Result) -> Result? {
        numbers?.lend(to: body)
    }

    /// Lends the learner of a stream of symbols.
    ///
    /// - Returns: nil when it is one of numbers.
    mutating func lendSymbols<Result>(_ body: (inout SymbolLearner) -> Result) -> Result? {
        symbols?.lend(to: body)
    }

    /// The whole state, in a fixed order.
    func state() -> [StateTensor] { numbers.map { $0.state() + clock.state() } ?? symbols?.state() ?? [] }

    /// Takes up a saved state; on an error the learner is as it was.
    ///
    /// - Throws: ``StateError``.
    mutating func restore(_ tensors: [StateTensor]) throws(StateError) {
        var restored = clock
        if kind == .numbers { try restored.restore(tensors) }
        try numbers?.restore(tensors)
        try symbols?.restore(tensors)
        clock = restored
        stepCount = numbers?.stepCount ?? symbols?.stepCount ?? 0
        reportCount = numbers?.conditions.reportCount ?? 0
    }
}

extension StreamLearner {
    /// Takes a sample, and tells what it has shown.
    fileprivate mutating func report(_ sample: Span<Double>) -> [ConditionReport] {
        step(sample)
        return conditions.reports
    }

    fileprivate mutating func lend<Result>(to body: (inout StreamLearner) -> Result) -> Result { body(&self) }
}

extension SymbolLearner {
    fileprivate mutating func lend<Result>(to body: (inout SymbolLearner) -> Result) -> Result { body(&self) }

    fileprivate mutating func takeIfAccepted(_ symbol: UInt8) -> Bool {
        guard accepts(symbol) else { return false }
        step(symbol)
        return true
    }
}
