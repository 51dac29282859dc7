/// A network in training as learners hold it: the compositions that the defaults lead to are called directly, all
/// others through their protocol.
///
/// A call through a protocol costs little, but behind it nothing is inlined and every array handed over is counted. Two
/// optionals and no enumeration with payloads, for an optional is changed in place and a payload is moved out and in.
struct NetworkInTraining: Sendable {
    typealias Standard<Step: Optimizer<Float>> = RecurrentTrainer<
        NoBackTrackEstimator<LeakyTanhCell<Float>, PhiloxSigns>, Step
    >

    /// The default for numbers.
    private var numbers: Standard<SignalToNoiseStep<Float>>?
    /// The default for symbols.
    private var symbols: Standard<AdamStep<Float>>?
    private var other: (any RecurrentTraining<Float>)?

    init(_ network: any RecurrentTraining<Float>) {
        numbers = network as? Standard<SignalToNoiseStep<Float>>
        symbols = network as? Standard<AdamStep<Float>>
        other = numbers == nil && symbols == nil ? network : nil
    }

    /// As ``RecurrentTraining`` has it.
    var state: [Float] { numbers?.state ?? symbols?.state ?? other?.state ?? [] }

    /// As ``RecurrentTraining`` has it.
    var readoutStates: Range<Int> {
        numbers?.readoutStates ?? symbols?.readoutStates ?? other?.readoutStates ?? 0..<0
    }

    /// As ``RecurrentTraining`` has it.
    var usesCurvature: Bool {
        numbers?.usesCurvature ?? symbols?.usesCurvature ?? other?.usesCurvature ?? false
    }

    /// As ``RecurrentTraining`` has it.
    mutating func advance(input: [Float]) {
        if numbers != nil {
            numbers?.advance(input: input)
        } else if symbols != nil {
            symbols?.advance(input: input)
        } else {
            other?.advance(input: input)
        }
    }

    /// As ``RecurrentTraining`` has it.
    mutating func learn(delta: [Float]) {
        if numbers != nil {
            numbers?.learn(delta: delta)
        } else if symbols != nil {
            symbols?.learn(delta: delta)
        } else {
            other?.learn(delta: delta)
        }
    }

    /// As ``RecurrentTraining`` has it.
    mutating func advance(forecaster state: inout [Float], input: [Float]) {
        if numbers != nil {
            numbers?.advance(forecaster: &state, input: input)
        } else if symbols != nil {
            symbols?.advance(forecaster: &state, input: input)
        } else {
            other?.advance(forecaster: &state, input: input)
        }
    }

    /// As ``RecurrentTraining`` has it.
    mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        try numbers?.exchange(with: &coder)
        try symbols?.exchange(with: &coder)
        try other?.exchange(with: &coder)
    }

    /// As ``RecurrentTraining`` has it.
    mutating func exchangeLinearization(with coder: inout StateCoder) throws(StateError) {
        try numbers?.exchangeLinearization(with: &coder)
        try symbols?.exchangeLinearization(with: &coder)
        try other?.exchangeLinearization(with: &coder)
    }
}
