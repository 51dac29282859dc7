import NoBackTrack
import NoBackTrackWire

/// The learner of a stream of either kind.
///
/// Two optionals of which exactly one is there, and not an enumeration with payloads: a step through `?` changes the
/// learner where it is, while taking it out of a payload and putting it back would copy its arrays at every sample.
struct EitherLearner: Sendable {
    private(set) var numbers: StreamLearner?
    private(set) var symbols: SymbolLearner?

    /// The learner of a stream of numbers.
    init(_ learner: StreamLearner) { numbers = learner }

    /// The learner of a stream of symbols.
    init(_ learner: SymbolLearner) { symbols = learner }

    var kind: StreamKind { numbers == nil ? .symbols : .numbers }

    /// Samples taken.
    var stepCount: UInt64 { numbers?.stepCount ?? symbols?.stepCount ?? 0 }

    /// Whether samples change parameters.
    var isLearning: Bool {
        get { numbers?.isLearning ?? symbols?.isLearning ?? false }
        set {
            numbers?.isLearning = newValue
            symbols?.isLearning = newValue
        }
    }

    /// Takes one sample of a stream of numbers.
    mutating func step(_ sample: Span<Double>) { numbers?.step(sample) }

    /// Takes one symbol of a stream of symbols.
    ///
    /// - Returns: false when it is not in the alphabet and has no place there; nothing has changed then.
    mutating func step(_ symbol: UInt8) -> Bool {
        guard symbols?.accepts(symbol) == true else { return false }
        symbols?.step(symbol)
        return true
    }

    /// The whole state, in a fixed order.
    func state() -> [StateTensor] { numbers?.state() ?? symbols?.state() ?? [] }

    /// Takes up a saved state; on an error the learner is as it was.
    ///
    /// - Throws: ``StateError``.
    mutating func restore(_ tensors: [StateTensor]) throws(StateError) {
        try numbers?.restore(tensors)
        try symbols?.restore(tensors)
    }
}
