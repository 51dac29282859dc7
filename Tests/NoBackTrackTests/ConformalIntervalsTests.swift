import NoBackTrack
import NoBackTrackTestSupport
import RealModule
import Testing

@Suite struct ConformalIntervalsTests {
    /// A stream of errors that no model of them foresees.
    struct Errors: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Error number t, with a generator for what is random.
        var error: @Sendable (Int, inout SeededGenerator) -> Double
    }

    static let streams = [
        Errors(testDescription: "normal") { $1.normal() },
        Errors(testDescription: "skewed") { $0 % 2 == 0 ? Double.exp($1.normal()) : -0.1 * $1.normal() },
        Errors(testDescription: "heavy tails") { $1.normal() / max($1.normal().magnitude, 1e-3) },
        Errors(testDescription: "a trend") { Double($0) / 500 + $1.normal() },
        Errors(testDescription: "a scale that changes by 1000") {
            ($0 / 3000 % 2 == 0 ? 1 : 1000) * $1.normal()
        },
        Errors(testDescription: "long swings") { 5 * Double.sin(Double($0) / 200) + $1.normal() },
        Errors(testDescription: "whole numbers") { (3 * $1.normal()).rounded() + $1.normal() / 1e6 },
    ]

    /// The promise in the head of the type: of every level, on any stream, the share of errors within the interval is the
    /// level, after a beginning; both sides are missed as often as each other.
    @Test(arguments: streams, [1, 10]) func theyCoverWhatTheyPromise(stream: Errors, horizon: Int) throws {
        let seed: UInt64 = 311
        var generator = SeededGenerator(seed: seed)
        var intervals = ConformalIntervals(headCount: 2)
        let count = ConformalIntervals.boundCount
        var served: [[Double]] = []
        var missedBelow = [Double](repeating: 0, count: ConformalIntervals.levels.count)
        var missedAbove = missedBelow
        let samples = 12_000
        var scored = 0.0
        for t in 0..<samples {
            var bounds = [Double](repeating: 0, count: 2 * count)
            intervals.writeBounds(head: 1, to: &bounds, at: count)
            #expect(zip(bounds[count...], bounds[(count + 1)...]).allSatisfy { $0 <= $1 })
            served.append(bounds)
            guard t >= horizon else { continue }
            let error = stream.error(t, &generator)
            let origin = served[t - horizon]
            if t > 500 {
                scored += 1
                for (i, level) in ConformalIntervals.levels.enumerated() {
                    let interval = try #require(
                        intervals.interval(head: 1, level: level, bounds: origin, at: count))
                    missedBelow[i] += error < interval.lower ? 1 : 0
                    missedAbove[i] += error >= interval.upper ? 1 : 0
                }
            }
            intervals.observe(error, head: 1, bounds: origin, at: count)
        }
        for (i, level) in ConformalIntervals.levels.enumerated() {
            let side = (1 - level) / 2
            #expect((missedBelow[i] / scored - side).magnitude < 0.012, "below, \(level), seed \(seed)")
            #expect((missedAbove[i] / scored - side).magnitude < 0.012, "above, \(level), seed \(seed)")
        }
        #expect(intervals.count(head: 0) == 0)
    }

    /// Surprises of errors that come from where they always came are uniform on 0…1.
    @Test func surprisesAreUniform() throws {
        let seed: UInt64 = 312
        var generator = SeededGenerator(seed: seed)
        var intervals = ConformalIntervals(headCount: 1)
        var bounds = [Double](repeating: 0, count: ConformalIntervals.boundCount)
        var histogram = [Double](repeating: 0, count: 10)
        let samples = 20_000
        for t in 0..<samples + 500 {
            intervals.writeBounds(head: 0, to: &bounds, at: 0)
            let error = generator.normal()
            if t >= 500 {
                let surprise = try #require(intervals.surprise(of: error, head: 0, bounds: bounds, at: 0))
                histogram[min(Int(surprise * 10), 9)] += 1
            }
            intervals.observe(error, head: 0, bounds: bounds, at: 0)
        }
        for share in histogram.map({ $0 / Double(samples) }) {
            #expect((share - 0.1).magnitude < 0.02, "\(histogram), seed \(seed)")
        }
    }

    @Test func levelsBetweenStoredOnesLieBetweenTheirIntervals() throws {
        var generator = SeededGenerator(seed: 313)
        var intervals = ConformalIntervals(headCount: 1)
        var bounds = [Double](repeating: 0, count: ConformalIntervals.boundCount)
        for _ in 0..<3000 {
            intervals.writeBounds(head: 0, to: &bounds, at: 0)
            intervals.observe(generator.normal(), head: 0, bounds: bounds, at: 0)
        }
        intervals.writeBounds(head: 0, to: &bounds, at: 0)
        let levels = [0.01, 0.3, 0.5, 0.6, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.99, 0.999]
        let found = try levels.map {
            try #require(intervals.interval(head: 0, level: $0, bounds: bounds, at: 0))
        }
        for (narrow, wide) in zip(found, found.dropFirst()) {
            #expect(wide.lower <= narrow.lower && narrow.upper <= wide.upper)
        }
        // A normal error's own quantiles.
        for (level, quantile) in [(0.3, 0.385), (0.6, 0.842), (0.85, 1.440), (0.97, 2.170)] {
            let interval = try #require(
                intervals.interval(head: 0, level: level, bounds: bounds, at: 0))
            #expect(
                (interval.upper - quantile).magnitude < 0.3 && (interval.lower + quantile).magnitude < 0.3)
        }
    }

    @Test func thereAreNoneBeforeThereAreErrors() {
        var intervals = ConformalIntervals(headCount: 1)
        var bounds = [Double](repeating: 0, count: ConformalIntervals.boundCount)
        for t in 0..<ConformalIntervals.fewestForInterval {
            #expect(intervals.interval(head: 0, level: 0.9, bounds: bounds, at: 0) == nil)
            #expect(intervals.surprise(of: 1, head: 0, bounds: bounds, at: 0) == nil)
            intervals.writeBounds(head: 0, to: &bounds, at: 0)
            intervals.observe(Double(t % 5) - 2, head: 0, bounds: bounds, at: 0)
        }
        #expect(intervals.interval(head: 0, level: 0.9, bounds: bounds, at: 0) != nil)
    }
}
