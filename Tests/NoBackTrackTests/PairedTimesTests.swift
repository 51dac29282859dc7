import NoBackTrackTestSupport
import Testing

/// The statistics that every published ratio goes through.
@Suite struct PairedTimesTests {
    @Test func quartilesLieBetweenTheNumbers() {
        let quartiles = Quartiles([4, 1, 3, 2])
        #expect(quartiles.lower == 1.75 && quartiles.median == 2.5 && quartiles.upper == 3.25)
        let single = Quartiles([7])
        #expect(single.lower == 7 && single.median == 7 && single.upper == 7)
    }

    @Test func bothAreMeasuredInTurnAndTakeTurnsInBeginning() {
        var order = ""
        let times = PairedTimes(
            pairs: 3,
            first: {
                order += "a"
                return 6
            },
            second: {
                order += "b"
                return 3
            })
        #expect(order == "abbaab")
        #expect(times.first == [6, 6, 6] && times.second == [3, 3, 3])
        #expect(times.ratio == Quartiles([2]))
    }

    /// A machine that becomes slower and slower leaves the ratio as it is.
    @Test func driftLeavesTheRatioAlone() {
        var slowness = 1.0
        func measure(_ time: Double) -> Double {
            slowness *= 1.001
            return time * slowness
        }
        let ratio = PairedTimes(pairs: 100, first: { measure(5) }, second: { measure(2) }).ratio
        #expect((ratio.median - 2.5).magnitude < 0.005)
        #expect(ratio.lower > 2.49 && ratio.upper < 2.51)
    }
}
