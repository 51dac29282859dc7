import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackDaemon
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

/// The configuration text of checkpoints, those of older daemons too.
@Suite struct SavedConfigurationTests {
    /// As daemons wrote it that knew neither symbols nor the choice `auto`.
    private static let beforeSymbols =
        #"{"cell":"leaky-tanh","estimator":"nobacktrack","forgettingFactor":0.9995,"hiddenUnits":8,"horizons":[1,10],"lags":8,"learningRate":0.005,"optimizer":"signal-to-noise","rank":1,"seed":1,"slowestLeak":0.02,"truncation":16}"#
    /// As daemons wrote it that saved the choice `auto` by its name.
    private static let beforeKinds =
        #"{"cell":"leaky-tanh","connections":10,"estimator":"nobacktrack","forgettingFactor":0.9995,"hiddenUnits":8,"horizons":[1,10],"lags":8,"metric":"diagonal","observation":"outer-product","optimizer":"auto","rank":1,"seed":1,"slowestLeak":0.02,"truncation":16}"#

    private static func configuration(_ change: (inout LearnerConfiguration) -> Void = { _ in })
        -> StreamConfiguration
    {
        var configuration = StreamConfiguration()
        configuration.learner.hiddenUnits = 8
        change(&configuration.learner)
        return configuration
    }

    private func mismatch(_ saved: String, _ configuration: StreamConfiguration) -> String? {
        do throws(StateError) {
            _ = try configuration.checkContinues(saved)
            return nil
        } catch {
            guard case .mismatch(let name, _, _) = error else { return "\(error)" }
            return name
        }
    }

    @Test(arguments: [beforeSymbols, beforeKinds]) func olderTextIsOfNumbers(_ saved: String) throws {
        #expect(try Self.configuration().checkContinues(saved) == .numbers)
        let same = Self.configuration {
            $0.optimizer = .signalToNoise
            $0.learningRate = 0.005
            $0.forgettingFactor = 0.99
        }
        #expect(try same.checkContinues(saved) == .numbers)
        #expect(mismatch(saved, Self.configuration { $0.optimizer = .adam }) == "learner.optimizer")
        #expect(mismatch(saved, Self.configuration { $0.lags = 7 }) == "learner.lags")
        // Nothing of theirs is in such a state.
        let other = Self.configuration {
            $0.connections = 3
            $0.metric = .quasiDiagonal
            $0.observation = .full
            $0.maxSymbols = 7
        }
        #expect(mismatch(saved, other) == nil)
    }

    @Test(arguments: [beforeSymbols, beforeKinds])
    func checkpointOfAnOlderDaemonGoesOnBitForBit(_ saved: String) async throws {
        let once = try await RunningDaemon()
        try await once.feed(wave(0..<150))
        try await once.stop()
        let first = try await RunningDaemon()
        try await first.feed(wave(0..<100))
        try await first.stop()
        var old = try #require(try first.store.loadNewest(stream: "default").checkpoint)
        old.configuration = saved
        _ = try first.store.save(old)
        let second = try await RunningDaemon(in: first.directory)
        try await second.feed(wave(100..<150))
        try await second.stop()
        #expect(try second.checkpoint("default") == once.checkpoint("default"))
    }

    @Test func textTellsTheKindAndReadsBack() throws {
        var configuration = Self.configuration()
        configuration.alphabet = Array("a\n\"\\".utf8) + [0xFF]
        let symbols = configuration.canonicalText(.symbols)
        #expect(symbols.contains(#""kind":"symbols""#) && symbols.contains(#""optimizer":"adam""#))
        #expect(try configuration.checkContinues(symbols) == .symbols)
        let numbers = configuration.canonicalText(.numbers)
        #expect(numbers.contains(#""kind":"numbers""#) && numbers.contains(#""optimizer":"signal-to-noise""#))
        #expect(!numbers.contains("alphabet") && !numbers.contains("maxSymbols"))
        #expect(try configuration.checkContinues(numbers) == .numbers)
    }

    @Test func keysLastWhereTheyMatter() {
        let sparse = Self.configuration { $0.cell = .sparseTanh }
        let saved = sparse.canonicalText(.numbers)
        #expect(
            mismatch(saved, Self.configuration { ($0.cell, $0.connections) = (.sparseTanh, 3) })
                == "learner.connections")
        let kalman = Self.configuration { $0.optimizer = .kalman }.canonicalText(.numbers)
        #expect(
            mismatch(kalman, Self.configuration { ($0.optimizer, $0.metric) = (.kalman, .quasiDiagonal) })
                == "learner.metric")
        #expect(
            mismatch(kalman, Self.configuration { ($0.optimizer, $0.observation) = (.kalman, .outerProduct) })
                == "learner.observation")
        var open = Self.configuration()
        let symbols = open.canonicalText(.symbols)
        open.learner.horizons = [3]
        open.learner.lags = 0
        #expect(mismatch(symbols, open) == nil)
        open.learner.maxSymbols = 65
        #expect(mismatch(symbols, open) == "learner.maxSymbols")
        open.alphabet = Array("ab".utf8)
        #expect(mismatch(symbols, open) == "learner.alphabet")
        let given = open.canonicalText(.symbols)
        open.learner.maxSymbols = 2
        #expect(mismatch(given, open) == nil)
        open.alphabet = Array("ba".utf8)
        #expect(mismatch(given, open) == "learner.alphabet")
    }

    @Test(arguments: ["", "{}", "[]", #"{"kind":"colours"}"#]) func otherTextIsRefused(_ saved: String) {
        #expect(throws: StateError.self) { try StreamConfiguration().checkContinues(saved) }
    }
}
