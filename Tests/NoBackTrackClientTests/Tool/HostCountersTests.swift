import Testing

@testable import nobacktrack

struct HostCountersTests {
    static let stat = """
        cpu  100 20 30 1000 50 1 2 3 40 4
        cpu0 100 20 30 1000 50 1 2 3 40 4
        intr 1234
        """
    static let diskstats = """
           7       0 loop0 11 0 88 3 0 0 0 0 0 3 3
           8       0 sda 100 5 2000 30 50 6 1000 40 0 70 70
           8       1 sda1 90 5 1900 30 50 6 1000 40 0 70 70
          65     160 sdaa 1 0 8 0 1 0 16 0 0 0 0
         259       0 nvme0n1 10 0 80 1 20 0 160 2 0 3 3
         259       1 nvme0n1p1 10 0 80 1 20 0 160 2 0 3 3
         253       0 dm-0 100 0 2000 30 50 0 1000 40 0 70 70
           9       0 md0 100 0 2000 30 50 0 1000 40 0 70 70
        """
    static let networkDevices = """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
            lo:  500      10    0    0    0     0          0         0      500      10    0    0    0     0       0          0
          eth0: 7000      20    0    0    0     0          0         0     9000      30    0    0    0     0       0          0
        wlan0:1000 2 0 0 0 0 0 0 300 4 0 0 0 0 0 0
        """

    @Test func readsEveryFile() {
        let files = [
            "stat": Self.stat, "diskstats": Self.diskstats, "net/dev": Self.networkDevices,
            "loadavg": "0.52 0.58 0.59 1/467 12345\n",
            "meminfo": "MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    250 kB\n",
        ]
        let counters = HostCounters(instant: 5) { files[$0] }
        #expect(counters.instant == 5)
        // user + nice + system + irq + softirq + steal; guests are in user already.
        #expect(counters.processor == .init(busy: 156, waitingForDisk: 50, total: 1206))
        // sda, sdaa and nvme0n1, neither partitions nor stacked devices.
        #expect(counters.disk == .init(read: 2088 * 512, written: 1176 * 512))
        #expect(counters.network == .init(read: 8000, written: 9300))
        #expect(counters.load == 0.52)
        #expect(counters.memory == 75)
    }

    @Test(arguments: [nil, "", "\n", "nonsense", "cpu ", "cpu  1 2", "MemTotal: 0 kB\nMemAvailable: 0 kB"])
    func whatTheMachineDoesNotSayIsNil(_ text: String?) {
        let counters = HostCounters(instant: 0) { _ in text }
        #expect(counters.processor == nil)
        #expect(counters.disk == nil)
        #expect(counters.network == nil)
        #expect(counters.load == nil)
        #expect(counters.memory == nil)
    }
}
