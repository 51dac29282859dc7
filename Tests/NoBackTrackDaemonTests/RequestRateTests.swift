import NoBackTrackSystem
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

@testable import NoBackTrackDaemon

@Suite struct RequestRateTests {
    private static let second: UInt64 = 1_000_000_000

    @Test(arguments: [1, 2, 10, 10_000, 1_000_000])
    func thoseOfASecondGoAtOnceAndTheOthersOneByOne(perSecond: Int) {
        var rate = RequestRate(perSecond: perSecond, at: 5)
        for _ in 0..<perSecond { #expect(rate.take(at: 5) == 0) }
        let interval = Self.second / UInt64(perSecond)
        var now: UInt64 = 5
        for _ in 0..<3 {
            #expect(rate.take(at: now) == interval)
            now += interval
        }
    }

    @Test func theBucketFillsWithTimeAndHoldsNoMoreThanASecond() {
        var rate = RequestRate(perSecond: 10, at: 0)
        for _ in 0..<10 { #expect(rate.take(at: 0) == 0) }
        // Two tokens have come, and half of a third.
        for _ in 0..<2 { #expect(rate.take(at: 250_000_000) == 0) }
        #expect(rate.take(at: 250_000_000) == 50_000_000)
        for _ in 0..<10 { #expect(rate.take(at: 60 * Self.second) == 0) }
        #expect(rate.take(at: 60 * Self.second) == 100_000_000)
    }

    @Test(arguments: [3, 7, 999])
    func whoWaitsAsToldKeepsTheRate(perSecond: Int) {
        var rate = RequestRate(perSecond: perSecond, at: 0)
        var generator = SeededGenerator(seed: UInt64(perSecond))
        var now: UInt64 = 0
        var count = 0
        while now < 20 * Self.second {
            now += rate.take(at: now)
            count += 1
            if generator.next() % 64 == 0 { now += generator.next() % Self.second }
        }
        #expect(count <= perSecond * 22 + 1)
    }
}

/// Through the predict socket.
@Suite(.timeLimit(.minutes(2 * TestConditions.slowness))) struct RequestRateSocketTests {
    @Test func aFasterClientWaitsWithoutErrorsAndOthersAreServed() async throws {
        let daemon = try await RunningDaemon { $0.predict.maxRequestsPerSecond = 2 }
        let fast = try daemon.client()
        let start = Clocks.monotonicNanoseconds()
        try await fast.send((0..<6).map { "{\"op\":\"status\",\"id\":\($0)}\n" }.joined())
        let other = try daemon.client()
        #expect(try await other.ask(#"{"op":"status"}"#, as: StatusMessage.self).ok == true)
        let otherTook = Clocks.monotonicNanoseconds() - start
        for number in 0..<6 {
            let line = try #require(try await fast.line())
            #expect(try StatusMessage(line: Array(line.utf8)).id == .number(Double(number)))
        }
        // Two at once, and four at two a second.
        let took = Clocks.monotonicNanoseconds() - start
        #expect(took >= 2_000_000_000 && otherTook < took)
        try await daemon.stop()
    }

    @Test func whoHasGoneIsNotAnsweredToTheEnd() async throws {
        let daemon = try await RunningDaemon { $0.predict.maxRequestsPerSecond = 20 }
        var gone: UnixClient? = try daemon.client()
        // Half an hour's work at this rate, in one buffer.
        try await gone?.send(String(repeating: "x\n", count: 32_000))
        _ = try await gone?.line()
        gone = nil
        let client = try daemon.client()
        let deadline = TestConditions.deadline
        var open = 2
        while open > 1, Clocks.monotonicNanoseconds() < deadline {
            open = try await client.ask(#"{"op":"status"}"#, as: StatusMessage.self).connections.predict
        }
        #expect(open == 1)
        try await daemon.stop()
    }
}
