import NoBackTrack
import NoBackTrackTestSupport
import RealModule
import Testing

@Suite struct ConditionWatchTests {
    /// A report, and after how many values it came.
    struct Met {
        var step: Int
        var report: ConditionReport
    }

    /// Has a watch see some of a stream, each value changed as asked from a step on.
    static func watch(
        _ watch: inout ConditionWatch, _ stream: inout HealthyStream, _ steps: Range<Int>,
        _ change: (_ value: Double, _ error: Double, _ step: Int) -> (Double, Double) = { value, error, _ in
            (value, error)
        }
    ) -> [Met] {
        var normaliser = Normaliser(channelCount: 1)
        var met: [Met] = []
        for step in steps {
            let healthy = stream.next()
            let (value, error) = change(healthy.value, healthy.error, step)
            watch.observe([value].span, &normaliser, isLearning: true)
            watch.record(error: error, target: 0)
            for report in watch.reports { met.append(Met(step: step, report: report)) }
        }
        return met
    }

    /// At most one false alarm in 100 000 samples; a sensor whose first long silence comes is not yet known to have such.
    @Test(arguments: HealthyStream.Kind.allCases) func healthyStreamsAreQuiet(kind: HealthyStream.Kind) {
        let (seeds, samples) = (601...604 as ClosedRange<UInt64>, 50_000)
        var all: [String] = []
        for seed in seeds {
            var watch = ConditionWatch(channelCount: 1, targets: [0])
            var stream = HealthyStream(kind, seed: seed)
            for met in Self.watch(&watch, &stream, 0..<samples) where !met.report.hasEnded {
                all.append("seed \(seed), sample \(met.step): \(met.report)")
            }
        }
        #expect(all.count <= 2, "\(all)")
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var name: String
        var condition: Condition
        var kinds: [HealthyStream.Kind]
        var latest: Int
        /// What the magnitude is about, if it has one.
        var magnitude: Double?
        var change: @Sendable (Double, Double) -> (Double, Double)
        var testDescription: String { name }
    }

    static let ordinary: [HealthyStream.Kind] = [.noise, .autoregressive, .walk, .sine, .square, .counts]
    static let faults: [Fault] = [
        Fault(name: "× 10⁶", condition: .scaleChange, kinds: ordinary, latest: 48, magnitude: 1e6) {
            ($0 * 1e6, $1 * 1e6)
        },
        Fault(name: "× 10⁻⁶", condition: .scaleChange, kinds: ordinary, latest: 48, magnitude: 1e-6) {
            ($0 * 1e-6, $1 * 1e-6)
        },
        Fault(name: "× 10³", condition: .scaleChange, kinds: ordinary, latest: 48, magnitude: 1e3) {
            ($0 * 1e3, $1 * 1e3)
        },
        Fault(
            name: "a shift by 40", condition: .levelShift,
            kinds: [.noise, .heavyTails, .autoregressive, .sine, .square, .counts], latest: 64, magnitude: 40
        ) { ($0 + 40, $1) },
        Fault(name: "stuck", condition: .stuck, kinds: ordinary, latest: 100) { _, _ in (0.75, 0) },
        Fault(
            name: "errors × 2", condition: .drift, kinds: ordinary + [.heavyTails], latest: 300, magnitude: 2
        ) {
            ($0, 2 * $1)
        },
    ]

    @Test(arguments: faults.indices, [2005, 20_000]) func faultsAreNamed(place: Int, start: Int) throws {
        let fault = Self.faults[place]
        for kind in fault.kinds {
            for seed in 611...613 as ClosedRange<UInt64> {
                var watch = ConditionWatch(channelCount: 1, targets: [0])
                var stream = HealthyStream(kind, seed: seed)
                let met = Self.watch(&watch, &stream, 0..<start + 1000) { value, error, step in
                    step < start ? (value, error) : fault.change(value, error)
                }.filter { $0.report.condition == fault.condition && !$0.report.hasEnded }
                let first = try #require(met.first, "\(kind), seed \(seed): \(fault.name) was not seen")
                #expect(
                    (start..<start + fault.latest).contains(first.step) && met.count == 1,
                    "\(kind), seed \(seed): \(met)")
                #expect(watch.count(fault.condition) == 1)
                guard let expected = fault.magnitude, let magnitude = first.report.magnitude else { continue }
                #expect((0.2...5).contains(magnitude / expected), "\(kind), seed \(seed): \(magnitude)")
            }
        }
    }

    /// One outlier, or a few, are no condition.
    @Test(arguments: [1, 3]) func outliersAreNoCondition(length: Int) {
        var watch = ConditionWatch(channelCount: 1, targets: [0])
        var stream = HealthyStream(.noise, seed: 621)
        let met = Self.watch(&watch, &stream, 0..<20_000) { value, error, step in
            step % 500 < length ? (1e6, 1e6) : (value, error)
        }
        #expect(met.isEmpty, "\(met)")
    }

    @Test func aStuckValueMovesAgain() {
        var watch = ConditionWatch(channelCount: 1, targets: [0])
        var stream = HealthyStream(.noise, seed: 622)
        let met = Self.watch(&watch, &stream, 0..<3000) { value, error, step in
            (1000..<1200).contains(step) || (2000..<2090).contains(step) ? (20, 0) : (value, error)
        }
        #expect(
            met.map(\.report) == [
                ConditionReport(.stuck, channel: 0, sampleCount: 50),
                ConditionReport(.stuck, channel: 0, hasEnded: true, sampleCount: 200),
            ], "not for what is shorter than twice that")
        #expect(met.map(\.step) == [1049, 1200])
        #expect(watch.stuckSamples(channel: 0) == nil)
    }

    /// What goes to and fro for ever is news only at first.
    @Test func alternatingRegimesBecomeUsual() {
        var watch = ConditionWatch(channelCount: 1, targets: [0])
        var stream = HealthyStream(.noise, seed: 623)
        let met = Self.watch(&watch, &stream, 0..<40_000) { value, error, step in
            step / 1000 % 2 == 0 ? (value, error) : ((value - 20) * 100 + 500, 100 * error)
        }
        #expect(met.contains { $0.report.condition == .scaleChange })
        #expect(met.count <= 6 && met.allSatisfy { $0.step < 12_000 }, "\(met)")
    }

    /// A missing value says nothing, an enormous one does no harm.
    @Test func hostileValuesDoNoHarm() {
        var watch = ConditionWatch(channelCount: 1, targets: [0])
        var stream = HealthyStream(.noise, seed: 624)
        let hostile = [.nan, .infinity, 1e308, -1e308, 1e-308, 0]
        let met = Self.watch(&watch, &stream, 0..<20_000) { value, error, step in
            step / 3000 % 2 == 0 ? (value, error) : (hostile[step % 6], step % 6 == 0 ? 2e100 : 0)
        }
        #expect(met.allSatisfy { $0.report.magnitude?.isFinite ?? true })
    }

    /// Whatever is pending in it, a watch that is saved and restored goes on bit for bit.
    @Test(arguments: [0, 1, 1500, 2010, 2020, 2033, 2047, 2600, 3001, 3100])
    func aRestartChangesNothing(stop: Int) throws {
        func change(_ value: Double, _ error: Double, _ step: Int) -> (Double, Double) {
            switch step {
            case 2000..<3000: (value * 1e6, error * 1e6)
            case 3000..<3060, 3500...: (7, 0)
            default: (value + 300, 3 * error)
            }
        }
        func make() -> ConditionWatch { ConditionWatch(channelCount: 1, targets: [0]) }
        var stream = HealthyStream(.autoregressive, seed: 631)
        var undisturbed = make()
        let expected = Self.watch(&undisturbed, &stream, 0..<4000, change)
        stream = HealthyStream(.autoregressive, seed: 631)
        var stopped = make()
        let before = Self.watch(&stopped, &stream, 0..<stop, change)
        var resumed = make()
        var coder = StateCoder()
        try stopped.exchange(with: &coder)
        var restoring = StateCoder(restoring: coder.tensors)
        try resumed.exchange(with: &restoring)
        let after = Self.watch(&resumed, &stream, stop..<4000, change)
        #expect((before + after).map(\.step) == expected.map(\.step))
        #expect((before + after).map(\.report) == expected.map(\.report))
        #expect(Set(expected.map(\.report.condition)).isSuperset(of: [.scaleChange, .stuck]))
        #expect(resumed.reportCount == undisturbed.reportCount)
        #expect(
            Condition.allCases.map(resumed.count) == Condition.allCases.map(undisturbed.count))
    }
}
