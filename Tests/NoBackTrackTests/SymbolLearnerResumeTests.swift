import NoBackTrack
import NoBackTrackTestSupport
import Testing

@Suite struct SymbolLearnerResumeTests {
    private static func learner(_ composition: Composition, alphabet: [UInt8] = []) -> SymbolLearner {
        var configuration = StreamLearnerTests.configuration(composition)
        configuration.maxSymbols = 7
        return SymbolLearner(configuration: configuration, alphabet: alphabet, streamKey: 5)
    }

    private static func run(_ learner: inout SymbolLearner, _ symbols: some Sequence<UInt8>) -> [Double?] {
        symbols.map { symbol in
            learner.step(symbol)
            return learner.newestBits
        }
    }

    @Test(arguments: Composition.all) func savedStateGoesOnBitForBit(composition: Composition) throws {
        var generator = SeededGenerator(seed: 91)
        let symbols = (0..<24).map { _ in UInt8.random(in: 0..<6, using: &generator) }
        for stop in [1, 15] {
            var undisturbed = Self.learner(composition)
            _ = Self.run(&undisturbed, symbols.prefix(stop))
            var resumed = Self.learner(composition)
            try resumed.restore(undisturbed.state())
            #expect(resumed.state() == undisturbed.state())
            let rest = symbols.dropFirst(stop)
            #expect(
                Self.run(&resumed, rest) == Self.run(&undisturbed, rest), "stopped at \(stop), \(generator)")
            #expect(resumed.state() == undisturbed.state(), "stopped at \(stop), \(generator)")
        }
    }
}
