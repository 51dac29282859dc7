/// What the kernel says about this machine at one instant: counters that only grow, and a few levels.
///
/// nil where this kernel (or this container) does not say.
struct HostCounters: Equatable {
    /// Processor time since boot, in ticks, summed over processors.
    struct ProcessorTime: Equatable {
        var busy: UInt64
        var waitingForDisk: UInt64
        var total: UInt64
    }

    /// Bytes moved since boot, in each direction.
    struct Traffic: Equatable {
        var read: UInt64
        var written: UInt64
    }

    /// Monotonic time of the reading, nanoseconds.
    var instant: UInt64
    /// From `/proc/stat`.
    var processor: ProcessorTime?
    /// Disks, from `/proc/diskstats`.
    var disk: Traffic?
    /// Interfaces other than loopback, from `/proc/net/dev`: received and sent.
    var network: Traffic?
    /// Runnable or uninterruptible tasks averaged over a minute, from `/proc/loadavg`.
    var load: Double?
    /// Memory that is not available to new programs, in percent, from `/proc/meminfo`.
    var memory: Double?

    /// The counters that the files under `/proc` state.
    ///
    /// - Parameters:
    ///   - instant: When they were read, monotonic nanoseconds.
    ///   - file: The text of a file below `/proc`, by its relative path; nil where it cannot be read.
    init(instant: UInt64, file: (String) -> String?) {
        self.instant = instant
        processor = file("stat").flatMap(Self.processorTime)
        disk = file("diskstats").flatMap(Self.diskTraffic)
        network = file("net/dev").flatMap(Self.networkTraffic)
        load = file("loadavg").flatMap { $0.split(separator: " ").first }.flatMap { Double($0) }
        memory = file("meminfo").flatMap(Self.memoryInUse)
    }

    /// `cpu  user nice system idle iowait irq softirq steal guest guest_nice`; guests are counted in user.
    static func processorTime(_ stat: String) -> ProcessorTime? {
        guard let line = stat.split(separator: "\n").first(where: { $0.hasPrefix("cpu ") }) else {
            return nil
        }
        let ticks = line.split(separator: " ").dropFirst().prefix(8).map { UInt64($0) ?? 0 }
        guard ticks.count >= 5 else { return nil }
        let total = ticks.reduce(0, &+)
        return ProcessorTime(busy: total &- ticks[3] &- ticks[4], waitingForDisk: ticks[4], total: total)
    }

    /// `major minor name reads merged sectors-read ms writes merged sectors-written …`, sectors of 512 bytes.
    ///
    /// Only whole physical disks count: a partition's or a stacked device's traffic is its disk's too.
    static func diskTraffic(_ diskstats: String) -> Traffic? {
        let stacked = ["loop", "ram", "zram", "dm-", "md", "sr", "fd"]
        var disks: [Substring] = []
        var sum = Traffic(read: 0, written: 0)
        for line in diskstats.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count >= 10, let read = UInt64(fields[5]), let written = UInt64(fields[9]) else {
                continue
            }
            let name = fields[2]
            if stacked.contains(where: { name.hasPrefix($0) }) { continue }
            if disks.contains(where: { isPartition(name, of: $0) }) { continue }
            disks.append(name)
            sum.read &+= read &* 512
            sum.written &+= written &* 512
        }
        return disks.isEmpty ? nil : sum
    }

    /// `sda1` of `sda`, `nvme0n1p2` of `nvme0n1`; not `sdaa` of `sda`.
    private static func isPartition(_ name: Substring, of disk: Substring) -> Bool {
        guard name.hasPrefix(disk) else { return false }
        var rest = name.dropFirst(disk.count)
        if rest.first == "p" { rest = rest.dropFirst() }
        return !rest.isEmpty && rest.allSatisfy { ("0"..."9").contains($0) }
    }

    /// `name: bytes packets errs drop fifo frame compressed multicast bytes …`, after two heading lines.
    static func networkTraffic(_ dev: String) -> Traffic? {
        var sum: Traffic?
        for line in dev.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].drop(while: { $0 == " " }) != "lo" else { continue }
            let fields = parts[1].split(separator: " ")
            guard fields.count >= 9, let received = UInt64(fields[0]), let sent = UInt64(fields[8]) else {
                continue
            }
            let before = sum ?? Traffic(read: 0, written: 0)
            sum = Traffic(read: before.read &+ received, written: before.written &+ sent)
        }
        return sum
    }

    /// 100 · (1 − available ⁄ total).
    static func memoryInUse(_ meminfo: String) -> Double? {
        func kibibytes(_ key: String) -> Double? {
            guard let line = meminfo.split(separator: "\n").first(where: { $0.hasPrefix(key + ":") }) else {
                return nil
            }
            return line.split(separator: " ").dropFirst().first.flatMap { Double($0) }
        }
        guard let total = kibibytes("MemTotal"), let available = kibibytes("MemAvailable"), total > 0 else {
            return nil
        }
        return 100 * (1 - available / total)
    }
}
