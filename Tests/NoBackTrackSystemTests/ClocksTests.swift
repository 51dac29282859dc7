import NoBackTrackSystem
import Testing

@Suite struct ClocksTests {
    @Test func `the monotonic clock never goes back`() {
        var last = Clocks.monotonicNanoseconds()
        for _ in 0..<10_000 {
            let now = Clocks.monotonicNanoseconds()
            #expect(now >= last)
            last = now
        }
    }

    @Test func `the wall clock counts seconds since 1970`() {
        // Between the writing of this test and the year 2286.
        #expect((1.7e9..<1e10).contains(Clocks.wallSeconds()))
    }
}
