import NoBackTrack
import NoBackTrackTestSupport
import Testing

#if DEBUG
    private let isOptimised = false
#else
    private let isOptimised = true
#endif

/// Learning a sample takes nothing from the heap.
///
/// A process of its own learns on when there is no memory left to be had: an allocation ends it. What is not optimised
/// allocates for generic code that is specialised else, so this runs with
/// `swift test -c release -Xswiftc -enable-testing --filter StepAllocationTests` alone.
@Suite(
    .serialized, .enabled(if: isOptimised, "generic code that is not specialised allocates"),
    .enabled(if: WithoutMemory.isPossible, "a sanitizer has a heap of its own"))
struct StepAllocationTests {
    /// Settings of streams of numbers.
    static let configurations: [(name: String, configuration: LearnerConfiguration)] = {
        func with(_ change: (inout LearnerConfiguration) -> Void) -> LearnerConfiguration {
            var configuration = LearnerConfiguration()
            configuration.hiddenUnits = 12
            configuration.horizons = [1, 5]
            // What is remembered grows until it is as long as that.
            configuration.longestSeason = 100
            change(&configuration)
            return configuration
        }
        return [
            ("defaults", with { _ in }),
            ("rank 4 in 3 groups", with { ($0.rank, $0.groups) = (4, 3) }),
            ("rank 6", with { $0.rank = 6 }),
            ("plain", with { $0.optimizer = .plain }),
            ("adam", with { $0.optimizer = .adam }),
            ("kalman", with { $0.optimizer = .kalman }),
            ("kalman, outer product", with { ($0.optimizer, $0.observation) = (.kalman, .outerProduct) }),
            ("sparse", with { $0.cell = .sparseTanh }),
            ("gru", with { $0.cell = .gru }),
            ("lstm", with { $0.cell = .lstm }),
            ("uoro", with { $0.estimator = .uoro }),
            ("snap1", with { $0.estimator = .snap1 }),
            ("bptt", with { $0.estimator = .bptt }),
            ("frozen", with { $0.estimator = .frozen }),
        ]
    }()

    /// A sample at step t, now and then with a value missing.
    private static func sample(_ t: Int) -> (Double, Double, Double) {
        let phase = Double(t % 24) / 24
        return (phase, t % 50 == 7 ? .nan : phase * phase - 1, Double((t &* 7919) % 101))
    }

    private static func learn(_ steps: Range<Int>, _ learner: inout StreamLearner, _ buffer: inout [Double]) {
        for t in steps {
            (buffer[0], buffer[1], buffer[2]) = sample(t)
            learner.step(buffer.span)
        }
    }

    @Test(arguments: configurations.indices) func numbersAreLearnedWithoutTheHeap(place: Int) async {
        await #expect(processExitsWith: .success, "\(Self.configurations[place].name)") {
            [place = place as Int] in
            var learner = StreamLearner(
                configuration: Self.configurations[place].configuration, channelCount: 3, targets: [0, 1],
                streamKey: 1)
            var buffer = [0.0, 0, 0]
            Self.learn(0..<400, &learner, &buffer)
            WithoutMemory.run { Self.learn(400..<600, &learner, &buffer) }
        }
    }

    @Test func symbolsAreLearnedWithoutTheHeap() async {
        await #expect(processExitsWith: .success) {
            var configuration = LearnerConfiguration()
            configuration.hiddenUnits = 12
            var learner = SymbolLearner(configuration: configuration, alphabet: [97, 98, 99], streamKey: 1)
            for t in 0..<400 { learner.step(UInt8(97 + t % 3)) }
            WithoutMemory.run { for t in 0..<200 { learner.step(UInt8(97 + t % 3)) } }
        }
    }
}
