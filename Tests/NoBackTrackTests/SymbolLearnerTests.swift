import NoBackTrack
import NoBackTrackTestSupport
import Testing

@Suite struct SymbolLearnerTests {
    static func learner(
        alphabet: String = "", units: Int = 6, _ change: (inout LearnerConfiguration) -> Void = { _ in }
    ) -> SymbolLearner {
        var configuration = LearnerConfiguration()
        configuration.hiddenUnits = units
        configuration.horizons = [1]
        change(&configuration)
        return SymbolLearner(configuration: configuration, alphabet: Array(alphabet.utf8), streamKey: 1)
    }

    static func feed(_ learner: inout SymbolLearner, _ text: some Sequence<UInt8>) {
        for symbol in text { learner.step(symbol) }
    }

    @Test func probabilitiesAddUpToOneWhateverComes() {
        var learner = Self.learner()
        var generator = SeededGenerator(seed: 81)
        for _ in 0..<200 {
            learner.step(UInt8.random(in: 97...105, using: &generator))
            let sum = (0...255).reduce(0.0) { $0 + learner.probability(of: UInt8($1)) }
            #expect((sum - 1).magnitude < 1e-9, "seed 81")
        }
        #expect(learner.alphabet.count == 9)
    }

    @Test func learnsWhatAlternates() {
        var learner = Self.learner(alphabet: "ab")
        for _ in 0..<1500 { Self.feed(&learner, "ab".utf8) }
        #expect(learner.probability(of: UInt8(ascii: "a")) > 0.9)
        #expect(learner.bitsPerSymbol.map { $0 < 0.2 } == true)
        // A symbol that was all but ruled out surprises.
        learner.step(UInt8(ascii: "b"))
        #expect(learner.score.map { $0 > 0.9 } == true)
        #expect(learner.newestBits.map { $0 > 3 } == true)
    }

    @Test func alphabetsAreClosedOrFillUp() {
        let closed = Self.learner(alphabet: "ab")
        #expect(closed.accepts(97) && closed.accepts(98) && !closed.accepts(99))
        #expect(closed.noveltyProbability == 0)
        var open = Self.learner { $0.maxSymbols = 2 }
        #expect(open.accepts(99))
        Self.feed(&open, "xy".utf8)
        #expect(open.alphabet == Array("xy".utf8))
        #expect(open.accepts(120) && !open.accepts(99))
        #expect(open.noveltyProbability == 0)
    }

    @Test(arguments: LearnerConfiguration.OptimizerKind.allCases)
    func restoredLearnerGoesOnBitForBit(optimizer: LearnerConfiguration.OptimizerKind) throws {
        func make() -> SymbolLearner {
            Self.learner {
                $0.optimizer = optimizer
                $0.rank = 2
                $0.groups = 3
            }
        }
        var generator = SeededGenerator(seed: 82)
        let text = (0..<120).map { _ in UInt8.random(in: 97...100, using: &generator) }
        var whole = make()
        Self.feed(&whole, text)
        var first = make()
        Self.feed(&first, text[..<70])
        var second = make()
        try second.restore(first.state())
        #expect(second.alphabet == first.alphabet && second.bitsPerSymbol == first.bitsPerSymbol)
        Self.feed(&second, text[70...])
        #expect(second.state() == whole.state())
    }

    @Test func stateOfAnotherAlphabetIsRefused() {
        var other = Self.learner(alphabet: "xy")
        #expect(throws: StateError.self) { try other.restore(Self.learner(alphabet: "ab").state()) }
        var tensors = Self.learner().state()
        for i in tensors.indices where tensors[i].name == "symbols" {
            tensors[i].elements = .uint64([98, 98] + Array(repeating: 0, count: 62))
        }
        var open = Self.learner()
        #expect(throws: StateError.self) { try open.restore(tensors) }
    }

    @Test func parametersStandStillWhenToldTo() {
        var learner = Self.learner(alphabet: "ab")
        Self.feed(&learner, "abab".utf8)
        learner.isLearning = false
        func parameters(_ learner: SymbolLearner) -> [StateTensor] {
            learner.state().filter { $0.name == "theta" || $0.name == "readout.phi" }
        }
        let before = parameters(learner)
        Self.feed(&learner, "abba".utf8)
        #expect(parameters(learner) == before)
    }

    /// What is kept does not grow: nothing of the past is.
    @Test func stateIsOfOneSizeAfterTenSymbolsAndAfterFiftyThousand() {
        func sizes(_ learner: SymbolLearner) -> [String: Int] {
            Dictionary(uniqueKeysWithValues: learner.state().map { ($0.name, $0.elements.count) })
        }
        var learner = Self.learner(alphabet: "ab", units: 1)
        Self.feed(&learner, "ababababab".utf8)
        let early = sizes(learner)
        for _ in 0..<5_000 { Self.feed(&learner, "abaabbabab".utf8) }
        #expect(sizes(learner) == early)
    }
}
