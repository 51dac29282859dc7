import NoBackTrack
import NoBackTrackTestSupport
import Testing

@testable import nobacktrack

/// No forecast knows what comes later: other samples after n change no bit of a forecast made up to n.
@Suite struct CausalityTests {
    private static let channels = 2
    private static let length = 300

    /// A daily wave and a channel that follows it, with noise, jumps and gaps.
    private static let series: [Double] = {
        var random = SeededGenerator(seed: 5)
        var walk = 0.0
        return (0..<length).flatMap { sample -> [Double] in
            let wave = 5 * (Double(sample % 24) - 12).magnitude
            walk += random.signedUnit()
            let isMissing = sample % 37 == 11
            return [wave + random.signedUnit(), isMissing ? .nan : 0.3 * wave + walk]
        }
    }()

    /// The series with all samples from the given one on in another order.
    private static func shuffled(from sample: Int) -> [Double] {
        var random = SeededGenerator(seed: UInt64(sample))
        let order = Array(0..<sample) + (sample..<length).shuffled(using: &random)
        return order.flatMap { series[$0 * channels..<($0 + 1) * channels] }
    }

    /// The step up to which two evaluations made the same forecasts, to the bit; nil: all.
    private func firstDifference<Learner: PrequentialLearner>(
        _ learner: ([Double]) -> Learner, _ one: [Double], _ other: [Double]
    ) -> Int? {
        func evaluation(of series: [Double]) -> Prequential<Learner> {
            Prequential(
                learner(series), targets: [0, 1], horizons: [1, 5], level: 0.8, firstScored: 30)
        }
        var (left, right) = (evaluation(of: one), evaluation(of: other))
        for sample in 0..<Self.length {
            let range = sample * Self.channels..<(sample + 1) * Self.channels
            left.take(one.span.extracting(range))
            right.take(other.span.extracting(range))
            for head in 0..<4 where left.newest(head: head).bits != right.newest(head: head).bits {
                return sample
            }
        }
        return nil
    }

    /// The first forecast that knew of what was to come, looked for at several places of the series; nil: none.
    private func leak<Learner: PrequentialLearner>(_ learner: ([Double]) -> Learner) -> Int? {
        for cut in [31, 100, 217, 280] {
            if let sample = firstDifference(learner, Self.series, Self.shuffled(from: cut)), sample < cut {
                return sample
            }
        }
        return nil
    }

    private static func learner(_ estimator: LearnerConfiguration.EstimatorKind) -> StreamLearner {
        var configuration = LearnerConfiguration()
        configuration.hiddenUnits = 6
        configuration.horizons = [1, 5]
        configuration.estimator = estimator
        return StreamLearner(
            configuration: configuration, channelCount: channels, targets: [0, 1], streamKey: 3)
    }

    @Test(arguments: [LearnerConfiguration.EstimatorKind.nobacktrack, .bptt, .frozen])
    func theLearnerDoesNotKnowTheFuture(estimator: LearnerConfiguration.EstimatorKind) {
        #expect(leak { _ in Self.learner(estimator) } == nil)
    }

    /// What was shuffled does make a difference where it may.
    @Test func laterForecastsDiffer() throws {
        let first = try #require(
            firstDifference({ _ in Self.learner(.nobacktrack) }, Self.series, Self.shuffled(from: 100)))
        #expect(first >= 100)
    }

    /// A learner that was given the whole series and lets a trace of the next sample into what it says.
    private struct PeekingLearner: PrequentialLearner {
        enum Leak: CaseIterable { case mean, interval, late }

        var learner: StreamLearner
        let series: [Double]
        let leak: Leak

        /// Too little to be seen in any figure, and only late in the series where it is said so.
        private var trace: Double {
            let next = Int(learner.stepCount) * CausalityTests.channels
            guard next < series.count, leak != .late || next > series.count * 3 / 4 else { return 0 }
            return 1e-12 * series[next]
        }

        mutating func step(_ sample: Span<Double>) { learner.step(sample) }

        func mean(head: Int) -> Double? {
            learner.mean(head: head).map { $0 + (leak == .interval ? 0 : trace) }
        }

        func interval(head: Int, level: Double) -> (lower: Double, upper: Double)? {
            learner.interval(head: head, level: level).map {
                ($0.lower, $0.upper + (leak == .interval ? trace : 0))
            }
        }

        var expertNames: [String] { [] }
        func mean(head: Int, expert: Int) -> Double? { nil }
        func weight(head: Int, expert: Int) -> Double? { nil }
    }

    @Test(arguments: PeekingLearner.Leak.allCases)
    private func aPlantedLeakIsFound(leak kind: PeekingLearner.Leak) throws {
        let found = try #require(
            leak { PeekingLearner(learner: Self.learner(.nobacktrack), series: $0, leak: kind) })
        // What it gives away is the very next sample.
        #expect([30, 99, 216, 279].contains(found))
    }
}

extension Forecast {
    /// Every bit; NaN equals itself.
    fileprivate var bits: [UInt64] { [mean.bitPattern, lower.bitPattern, upper.bitPattern] }
}
