import FoundationEssentials
import Testing

@testable import nobacktrack

struct HostSampleTests {
    /// Counters of half a second after others, with so much more of everything.
    static func counters(instant: UInt64, busy: UInt64, waiting: UInt64, idle: UInt64, traffic: UInt64)
        -> HostCounters
    {
        HostCounters(instant: instant) { name in
            switch name {
            case "stat": "cpu  \(busy) 0 0 \(idle) \(waiting) 0 0 0 0 0"
            case "diskstats": "8 0 sda 1 1 \(traffic) 1 1 1 \(2 * traffic) 1 1 1 1"
            case "net/dev": "eth0: \(3000 * traffic) 0 0 0 0 0 0 0 \(4000 * traffic)"
            case "loadavg": "0.5 1 2"
            case "meminfo": "MemTotal: 4 kB\nMemAvailable: 3 kB"
            default: nil
            }
        }
    }

    static func value(_ channel: String, _ sample: HostSample) -> Double?? {
        sample.values.first { $0.channel == channel }.map(\.value)
    }

    @Test func ratesAreOfTheTimeBetween() {
        let sample = HostSample(
            from: Self.counters(instant: 1_000_000_000, busy: 10, waiting: 10, idle: 10, traffic: 0),
            to: Self.counters(instant: 1_500_000_000, busy: 25, waiting: 15, idle: 90, traffic: 1000))
        #expect(
            sample
                == HostSample(values: [
                    ("cpu_percent", 15), ("memory_percent", 25), ("load1", 0.5), ("iowait_percent", 5),
                    ("disk_read_kBps", 1024), ("disk_write_kBps", 2048), ("net_in_kBps", 6000),
                    ("net_out_kBps", 8000),
                ]))
    }

    @Test func counterThatWentBackIsMissing() {
        let sample = HostSample(
            from: Self.counters(instant: 0, busy: 10, waiting: 20, idle: 10, traffic: 1000),
            to: Self.counters(instant: 1_000_000_000, busy: 20, waiting: 19, idle: 30, traffic: 999))
        #expect(Self.value("disk_read_kBps", sample) == .some(nil))
        #expect(Self.value("net_out_kBps", sample) == .some(nil))
        #expect(Self.value("iowait_percent", sample) == 0)
        #expect(Self.value("load1", sample) == 0.5)
    }

    @Test func nothingKnownIsEverythingMissing() {
        let unknown = HostCounters(instant: 7) { _ in nil }
        #expect(HostSample(from: unknown, to: unknown).values.allSatisfy { $0.value == nil })
    }

    @Test func lineIsJSONWithNullForMissing() throws {
        let sample = HostSample(values: [("a", 1.23456), ("b", nil)])
        let line = try sample.line(stream: "a \"b\"\\\n", time: 1_763_935_200.123456)
        #expect(line == #"{"stream":"a \"b\"\\\n","time":1763935200.123,"a":1.235,"b":null}"# + "\n")
        struct Decoded: Decodable { var stream: String }
        #expect(try JSONDecoder().decode(Decoded.self, from: Data(line.utf8)).stream == "a \"b\"\\\n")
    }
}
