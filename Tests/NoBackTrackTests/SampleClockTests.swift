import NoBackTrack
import NoBackTrackTestSupport
import RealModule
import Testing

@Suite struct SampleClockTests {
    /// Has a clock judge samples of one value, each until it is taken or refused.
    ///
    /// - Returns: how often each sample was preceded by a missing one, and what became of it.
    static func judge(
        _ clock: inout SampleClock, _ times: some Sequence<Double?>, value: (Int) -> Double = { Double($0) }
    ) -> [(missing: UInt64, verdict: SampleClock.Verdict)] {
        times.enumerated().map { number, time in
            let sample = [value(number)]
            var missing: UInt64 = 0
            while true {
                let verdict = clock.judge(time, sample.span)
                guard verdict == .missing else { return (missing, verdict) }
                missing += 1
            }
        }
    }

    /// A clock that has seen samples at 0, T, 2 T, … (count − 1) T.
    static func regular(_ count: Int = 40, interval: Double = 1) -> SampleClock {
        var clock = SampleClock(channelCount: 1)
        _ = judge(&clock, (0..<count).map { Double($0) * interval }) { -Double($0) }
        return clock
    }

    @Test(arguments: [1e-3, 1.0, 0.1, 3600]) func theIntervalIsFound(interval: Double) throws {
        var clock = Self.regular(16, interval: interval)
        #expect(clock.interval == nil, "too few to tell")
        _ = Self.judge(&clock, [16 * interval])
        #expect(abs(try #require(clock.interval) - interval) < 1e-9 * interval)
    }

    @Test(
        arguments: [
            (1.0, 0), (1.2, 0), (1.7, 0), (1.8, 1), (2.0, 1), (2.3, 1), (2.6, 2), (5.0, 4), (1001.2, 1000),
        ] as [(Double, UInt64)])
    func missingSamplesAreCounted(intervals: Double, missing: UInt64) {
        for interval in [0.01, 60] {
            var clock = Self.regular(interval: interval)
            let next = (39 + intervals) * interval
            let judged = Self.judge(&clock, [next, next + interval])
            #expect(judged[0].missing == missing && judged[1].missing == 0)
            #expect(judged[0].verdict == (missing < 10 ? .take : .takeAfterGap(missing: missing)))
            #expect(judged[1].verdict == .take)
            #expect(clock.counts.missingSamples == missing && clock.counts.gaps == (missing < 10 ? 0 : 1))
        }
    }

    @Test func aLongGapIsFilledUpToABound() {
        var clock = Self.regular()
        let judged = Self.judge(&clock, [1e9, 1e9 + 1])
        #expect(judged[0].missing == SampleClock.longestFill)
        #expect(judged[0].verdict == .takeAfterGap(missing: 999_999_960))
        #expect(judged[1].verdict == .take && judged[1].missing == 0)
        #expect(clock.counts.gaps == 1 && clock.counts.missingSamples == SampleClock.longestFill)
    }

    /// What is lost at random and in bursts is found again.
    @Test(arguments: [0.01, 0.1, 0.25]) func everyLostSampleIsCounted(loss: Double) {
        var generator = SeededGenerator(seed: 501)
        var clock = Self.regular()
        var lost = 0
        var last = 39
        var times: [Double] = []
        for second in 40..<4000 where Double.random(in: 0..<1, using: &generator) >= loss {
            times.append(Double(second) + 0.05 * generator.signedUnit())
            lost += second - last - 1
            last = second
        }
        _ = Self.judge(&clock, times)
        // A run of losses may look irregular for a while.
        #expect(clock.counts.missingSamples <= UInt64(lost))
        #expect(
            Double(clock.counts.missingSamples) >= (loss < 0.2 ? 1 : 0.8) * Double(lost),
            "\(clock.counts.missingSamples) of \(lost), \(generator)")
    }

    enum Irregular: CaseIterable { case exponential, lognormal, alternating, coarse, growing }

    @Test(arguments: Irregular.allCases) func irregularStreamsAreNotFilled(kind: Irregular) {
        var generator = SeededGenerator(seed: 502)
        var clock = SampleClock(channelCount: 1)
        var time = 0.0
        let times = (0..<20_000).map { number in
            let uniform = Double.random(in: 1e-9..<1, using: &generator)
            switch kind {
            case .exponential: time -= Double.log(uniform)
            case .lognormal: time += Double.exp(Double.log(uniform) + 1)
            case .alternating: time += number % 2 == 0 ? 1 : 5
            case .coarse: time += number % 10 == 0 ? 1 : 0
            case .growing: time += Double.pow(1.2, number % 50)
            }
            return time
        }
        let judged = Self.judge(&clock, times)
        #expect(judged.allSatisfy { $0.missing == 0 && $0.verdict == .take }, "\(generator)")
        #expect(clock.counts == SampleClock.Counts() && clock.interval == nil)
    }

    @Test func aNewIntervalIsSoonTakenOver() {
        var clock = Self.regular()
        let judged = Self.judge(&clock, (1...200).map { 39 + 10 * Double($0) })
        #expect(judged.filter { $0.missing > 0 }.count <= 12)
        #expect(judged.dropFirst(64).allSatisfy { $0.missing == 0 })
        #expect(clock.interval == 10)
    }

    @Test func samplesWithoutATimeAreTaken() {
        var clock = SampleClock(channelCount: 1)
        let judged = Self.judge(&clock, Array(repeating: nil, count: 100)) { _ in 1 }
        #expect(judged.allSatisfy { $0.verdict == .take && $0.missing == 0 })
        // Between others they stand where some are missing.
        clock = Self.regular()
        let mixed = Self.judge(&clock, [40, nil, nil, 43, 44, 46])
        #expect(mixed.map(\.missing) == [0, 0, 0, 0, 0, 1])
    }

    @Test func theNewestSampleOnceMoreIsADuplicate() {
        var clock = Self.regular(3)
        let judged = Self.judge(&clock, [2, 2, 3]) { _ in -2 }
        #expect(judged.map(\.verdict) == [.duplicate, .duplicate, .take])
        #expect(clock.counts.duplicates == 2)
    }

    @Test func missingValuesAreEqual() {
        var clock = SampleClock(channelCount: 2)
        func verdict(_ sample: [Double]) -> SampleClock.Verdict { clock.judge(1, sample.span) }
        #expect(verdict([.nan, 0]) == .take)
        #expect(verdict([-.nan, -0.0]) == .duplicate)
        #expect(verdict([.infinity, 0]) == .duplicate, "what is not finite is missing")
        #expect(verdict([0, 0]) == .take)
    }

    /// Several samples of one time that differ: from then on equal ones may be genuine as well.
    @Test func aCoarseClockHasNoDuplicates() {
        var clock = SampleClock(channelCount: 1)
        let values: [Double] = [1, 1, 2, 2, 2, 3]
        let judged = Self.judge(&clock, [0, 0, 0, 0, 1, 1]) { values[$0] }
        #expect(judged.map(\.verdict) == [.take, .duplicate, .take, .take, .take, .take])
    }

    @Test func whatComesLateIsRefused() {
        var clock = Self.regular()
        let judged = Self.judge(&clock, [38.5, 40, 39.5, 39.5, 12, 41])
        #expect(judged.map(\.verdict) == [.late, .take, .late, .late, .late, .take])
        #expect(clock.counts.late == 4 && clock.counts.resets == 0 && clock.counts.missingSamples == 0)
    }

    @Test(arguments: [1.0, 0]) func aClockThatWasSetBackIsFollowed(step: Double) {
        var clock = Self.regular()
        let judged = Self.judge(&clock, (0..<10).map { 20 + step * Double($0) })
        #expect(judged.prefix(7).allSatisfy { $0.verdict == .late })
        #expect(judged[7].verdict == .takeAfterReset)
        #expect(judged.suffix(2).allSatisfy { $0.verdict == .take && $0.missing == 0 })
        #expect(clock.counts.late == 7 && clock.counts.resets == 1)
        #expect(step == 0 || clock.interval == 1, "the interval is still known")
    }

    @Test func disorderIsNoClockSetBack() {
        var clock = Self.regular()
        let judged = Self.judge(&clock, (0..<100).map { 30 - Double($0 % 7) })
        #expect(judged.allSatisfy { $0.verdict == .late } && clock.counts.late == 100)
    }

    /// Every part of the clock is saved: at whatever sample it stops, it goes on as if it had not.
    @Test(arguments: [0, 1, 17, 41, 52, 60, 75, 83]) func aRestartChangesNothing(stop: Int) throws {
        var times: [Double?] = (0..<40).map { Double($0) }
        times += [40, 40, 43, 44, 44, nil, 46, 47, 60] + (0..<6).map { 30 + Double($0) } + [61]
        times += (0..<12).map { 10 + Double($0) } + (0..<40).map { 22 + 2 * Double($0) }
        var undisturbed = SampleClock(channelCount: 1)
        let expected = Self.judge(&undisturbed, times) { Double($0 / 2) }
        var stopped = SampleClock(channelCount: 1)
        let before = Self.judge(&stopped, times.prefix(stop)) { Double($0 / 2) }
        // In the midst of missing samples too.
        if stop == 52 { #expect(stopped.judge(1e6, [0].span) == .missing) }
        var resumed = SampleClock(channelCount: 1)
        try resumed.restore(stopped.state())
        #expect(resumed.state() == stopped.state() && resumed.interval == stopped.interval)
        if stop == 52 {
            let rest = [Self.judge(&resumed, [1e6])[0].missing, Self.judge(&stopped, [1e6])[0].missing]
            return #expect(rest == [SampleClock.longestFill - 1, SampleClock.longestFill - 1])
        }
        let after = Self.judge(&resumed, times.dropFirst(stop)) { Double(($0 + stop) / 2) }
        #expect((before + after).map(\.missing) == expected.map(\.missing))
        #expect((before + after).map(\.verdict) == expected.map(\.verdict))
        #expect(resumed.state() == undisturbed.state() && resumed.counts == undisturbed.counts)
    }

    @Test func aStateWithoutAClockLeavesItAsItIs() throws {
        var clock = Self.regular()
        let before = clock.state()
        try clock.restore([StateTensor(name: "step", shape: [1], elements: .uint64([7]))])
        #expect(clock.state() == before)
        // Half a clock is none that was saved.
        let half = before.filter { $0.name != "clock.marks" }
        #expect(throws: StateError.missing("clock.marks")) { try clock.restore(half) }
    }
}
