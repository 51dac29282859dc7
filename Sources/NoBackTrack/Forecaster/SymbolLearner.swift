// The learner of one symbol stream: what comes next, and with which probability.
//
//   symbol   name                 meaning
//   t        stepCount            symbols taken
//   u        alphabet.count       symbols in use
//   h        network.state        after the newest symbol
//   f        features             [h; x; 1], x the newest symbol as one of A
//   p        probabilities        softmax over the u symbols in use, times 1 - e
//   e        noveltyProbability   that a symbol comes that was never seen: (u + 1/2) / (t + 1), at most 1/2 once
//                                 there was one; shared by all bytes not in use; 0 where the alphabet is given or full
//   ℓ        newestBits           -log2 of the probability that the symbol had
//
// The horizon is 1, so learner and forecaster are one: when x(t) arrives, the forecast made at t - 1 is scored, its
// readout and the network at t - 1 learn, and only then the network advances with x(t).

import RealModule

/// One symbol stream's learner: a value that a symbol turns into the next one.
package struct SymbolLearner: Sendable {
    /// What shaped it.
    package let configuration: LearnerConfiguration
    /// A, the places that symbols can take; 1 … 256.
    package let capacity: Int
    /// Whether the symbols were given, so that no other is taken.
    package let isClosed: Bool
    /// Whether symbols change parameters. Forecasts are made either way.
    package var isLearning = true

    /// Symbols taken, t.
    package private(set) var stepCount: UInt64 = 0
    /// The symbols in use, by place.
    package private(set) var alphabet: [UInt8]
    /// −log2 of the probability that the newest symbol had been given; nil before the first.
    package private(set) var newestBits: Double?
    /// The same, averaged over about the newest 1000 symbols; nil before the first.
    package private(set) var bitsPerSymbol: Double?
    /// How surprising the newest symbol was: the probability that had been given to likelier ones; nil before the
    /// first.
    package private(set) var score: Double?

    private var places: [Int16]
    private var network: NetworkInTraining
    private var readout: SoftmaxReadout
    private var features: [Double]
    private var input: [Float]
    private var delta: [Float] = []

    /// A learner that has seen nothing.
    ///
    /// - Parameters:
    ///   - configuration: valid (``LearnerConfiguration/validate()``).
    ///   - alphabet: the symbols there are, distinct; empty: each new one takes the next of
    ///     ``LearnerConfiguration/maxSymbols`` places.
    ///   - streamKey: tells the stream's random draws from other streams'.
    package init(configuration: LearnerConfiguration, alphabet: [UInt8] = [], streamKey: UInt64) {
        precondition((try? configuration.validate()) != nil && Set(alphabet).count == alphabet.count)
        self.configuration = configuration
        self.alphabet = alphabet
        isClosed = !alphabet.isEmpty
        capacity = isClosed ? alphabet.count : configuration.maxSymbols
        places = Array(repeating: -1, count: 256)
        let network = NetworkInTraining(
            RecurrentNetwork.make(
                configuration, task: .symbols, inputCount: capacity, streamKey: streamKey))
        self.network = network
        let featureCount = network.readoutStates.count + capacity + 1
        readout = SoftmaxReadout(
            symbolCount: capacity, featureCount: featureCount,
            schedule: StepSchedule(
                stepSize: configuration.readoutLearningRate, decay: configuration.stepDecay))
        features = Array(repeating: 0, count: featureCount)
        features[featureCount - 1] = 1
        input = Array(repeating: 0, count: capacity)
        indexAlphabet()
        readout.evaluate(features, used: alphabet.count)
    }

    /// About how much memory a learner takes, in bytes.
    package static func memoryBytes(configuration: LearnerConfiguration, alphabetCount: Int) -> Int {
        let capacity = alphabetCount > 0 ? alphabetCount : configuration.maxSymbols
        let features = configuration.hiddenUnits + capacity + 1
        let recurrent = RecurrentNetwork.numberCount(
            configuration, inputCount: capacity, outputCount: capacity)
        return 8 * (3 * capacity * features + 2 * features) + 4 * recurrent + 16_384
    }

    /// Bits are averaged over about this many symbols.
    private static let memory = 1_000.0

    private mutating func indexAlphabet() {
        for byte in places.indices { places[byte] = -1 }
        for (place, symbol) in alphabet.enumerated() { places[Int(symbol)] = Int16(place) }
    }
}

// MARK: - Forecasts

extension SymbolLearner {
    /// Whether the symbol is one of the alphabet, or has room in it.
    package func accepts(_ symbol: UInt8) -> Bool {
        places[Int(symbol)] >= 0 || (!isClosed && alphabet.count < capacity)
    }

    /// e, the probability that the next symbol is one never seen.
    package var noveltyProbability: Double {
        guard !isClosed, alphabet.count < capacity else { return 0 }
        if alphabet.isEmpty { return 1 }
        return min((Double(alphabet.count) + 0.5) / (Double(stepCount) + 1), 0.5)
    }

    /// The probability that the symbol at this place of ``alphabet`` is next.
    package func probability(place: Int) -> Double {
        (1 - noveltyProbability) * readout.probabilities[place]
    }

    /// The probability of any symbol; 0 for one that is not accepted.
    package func probability(of symbol: UInt8) -> Double {
        let place = Int(places[Int(symbol)])
        if place >= 0 { return probability(place: place) }
        return noveltyProbability / Double(256 - alphabet.count)
    }
}

// MARK: - One symbol

extension SymbolLearner {
    /// Takes one symbol: scores the forecast made for it, learns, and forecasts the next.
    ///
    /// - Parameter symbol: one that is accepted (``accepts(_:)``).
    package mutating func step(_ symbol: UInt8) {
        precondition(accepts(symbol))
        judge(symbol)
        var place = Int(places[Int(symbol)])
        if stepCount > 0 { learn(place: place >= 0 ? place : nil) }
        if place < 0 {
            place = alphabet.count
            places[Int(symbol)] = Int16(place)
            alphabet.append(symbol)
        }
        advance(place)
        stepCount += 1
    }

    private mutating func judge(_ symbol: UInt8) {
        // A probability that rounding made 0 still costs a finite number of bits.
        let probability = max(probability(of: symbol), 1e-30)
        let bits = -Double.log2(probability)
        newestBits = bits
        let rate = 1 / min(Double(stepCount) + 1, Self.memory)
        bitsPerSymbol = (bitsPerSymbol ?? 0) + rate * (bits - (bitsPerSymbol ?? 0))
        var likelier = 0.0
        for place in alphabet.indices {
            let other = self.probability(place: place)
            if other > probability { likelier += other }
        }
        if places[Int(symbol)] >= 0, noveltyProbability > probability { likelier += noveltyProbability }
        score = min(likelier, 1)
    }

    /// Learns from the symbol that came; nil for one that had no place.
    private mutating func learn(place: Int?) {
        guard isLearning, let place else { return network.learn(delta: []) }
        let used = alphabet.count
        let states = network.readoutStates
        let n = network.state.count
        let rowCount = network.usesCurvature ? 1 + used : 1
        if delta.count != rowCount * n { delta = Array(repeating: 0, count: rowCount * n) }
        readout.differentiate(
            symbol: place, used: used, features: 0..<states.count, into: &delta, at: states.lowerBound)
        if network.usesCurvature {
            readout.curvature(
                used: used, features: 0..<states.count, into: &delta, at: n + states.lowerBound, stride: n)
        }
        readout.learn(symbol: place, used: used, features: features)
        network.learn(delta: delta)
    }

    private mutating func advance(_ place: Int) {
        for j in input.indices { input[j] = j == place ? 1 : 0 }
        network.advance(input: input)
        let states = network.readoutStates
        let state = network.state
        for (feature, k) in states.enumerated() { features[feature] = Double(state[k]) }
        for j in input.indices { features[states.count + j] = j == place ? 1 : 0 }
        readout.evaluate(features, used: alphabet.count)
    }
}

// MARK: - State

extension SymbolLearner: ResumableLearner {
    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        var flags: [UInt64] = [isLearning ? 1 : 0]
        var figures = [newestBits ?? 0, bitsPerSymbol ?? 0, score ?? 0]
        // By place: the symbol and one, or zero where there is none yet.
        var symbols = (0..<capacity).map { $0 < alphabet.count ? UInt64(alphabet[$0]) + 1 : 0 }
        try coder.exchange("step", &stepCount)
        try coder.exchange("symbols", shape: [capacity], &symbols)
        try network.exchange(with: &coder)
        // The network learns from the newest symbol's step when the next one comes.
        try network.exchangeLinearization(with: &coder)
        try readout.exchange(with: &coder)
        try coder.exchange("state.features", shape: [features.count], &features)
        try coder.exchange("state.flags", shape: [1], &flags)
        try coder.exchange("state.figures", shape: [3], &figures)
        isLearning = flags[0] != 0
        let restored = symbols.prefix { $0 > 0 }
        guard symbols.dropFirst(restored.count).allSatisfy({ $0 == 0 }), restored.allSatisfy({ $0 <= 256 }),
            Set(restored).count == restored.count
        else { throw .invalid(name: "symbols", reason: "\(symbols) is no alphabet") }
        let found = restored.map { UInt8($0 - 1) }
        guard !isClosed || found == alphabet else {
            throw .mismatch(name: "symbols", found: "\(found)", needed: "\(alphabet)")
        }
        alphabet = found
        indexAlphabet()
        let has = stepCount > 0
        (newestBits, bitsPerSymbol, score) =
            has ? (figures[0], figures[1], figures[2]) : (nil, nil, nil)
    }
}
