import Glibc
import NoBackTrackSystem
import NoBackTrackWire
import Testing

@testable import NoBackTrackDaemon

@Suite struct LearningPartsTests {
    @Test(
        arguments: [
            (["a", "b"], nil), (["b", "a"], [1, 0]), (["b"], [-1, 0]),
        ] as [([String], [Int]?)])
    func namedChannelsGoByName(_ channels: [String], _ places: [Int]?) throws {
        let layout = SampleLayout(stream: nil, channels: channels)
        #expect(try SampleRoute(layout, to: "s", channels: ["a", "b"]).places == places)
    }

    @Test(arguments: [
        (SampleLayout(stream: nil, channels: ["a", "c"]), RejectionCode.unknownChannel),
        (SampleLayout(stream: nil, channels: []), .wrongChannelCount),
        (SampleLayout(stream: nil, positions: 1), .wrongChannelCount),
        (SampleLayout(stream: nil, positions: 3), .wrongChannelCount),
    ])
    func layoutThatDoesNotFitIsRefused(_ layout: SampleLayout, _ code: RejectionCode) {
        let error = #expect(throws: RouteRefusal.self) {
            try SampleRoute(layout, to: "s", channels: ["a", "b"])
        }
        #expect(error?.code == code)
    }

    @Test func positionsGoByPlace() throws {
        let layout = SampleLayout(stream: nil, positions: 2)
        #expect(try SampleRoute(layout, to: "s", channels: ["a", "b"]).places == nil)
    }

    @Test func rateIsOfTheLastSeconds() {
        var meter = RateMeter(now: 0)
        for tick in 1...1000 { meter.record(now: UInt64(tick) * 10_000_000) }
        #expect(abs(meter.rate(now: 10_000_000_000) - 100) < 1)
        #expect(meter.rate(now: 110_000_000_000) < 10)
    }

    @Test func firstSampleIsNotThousandsASecond() {
        var meter = RateMeter(now: 0)
        meter.record(now: 1000)
        #expect(meter.rate(now: 2000) == 1)
    }

    @Test func strangersMayChangeNothing() throws {
        let own = ControlRightsCase(group: "")
        #expect(try own.allows(uid: 0, gid: 0))
        #expect(try own.allows(uid: geteuid(), gid: 12_345))
        #expect(try !own.allows(uid: geteuid() + 12_345, gid: 0))
        let group = ControlRightsCase(group: "54321")
        #expect(try group.allows(uid: geteuid() + 12_345, gid: 54_321))
        #expect(try !group.allows(uid: geteuid() + 12_345, gid: 54_320))
        #expect(throws: DaemonFailure.self) { try ControlRights(group: "no such group") }
    }

    private struct ControlRightsCase {
        var group: String

        func allows(uid: UInt32, gid: UInt32) throws -> Bool {
            try ControlRights(group: group).allow(PeerCredentials(uid: uid, gid: gid, pid: 1))
        }
    }
}
