/// One sample of this machine: what happened between two readings of its counters.
struct HostSample: Equatable {
    /// Channel names with their values in the order they are written; nil where the machine does not say, or
    /// a counter went backwards (a disk or an interface left).
    var values: [(channel: String, value: Double?)]

    /// A sample of the given values.
    init(values: [(channel: String, value: Double?)]) {
        self.values = values
    }

    /// The rates between two readings, and the levels at the newer one.
    init(from earlier: HostCounters, to later: HostCounters) {
        let seconds = Double(later.instant &- earlier.instant) / 1e9
        func kilobytesPerSecond(
            _ traffic: KeyPath<HostCounters, HostCounters.Traffic?>,
            _ direction: KeyPath<HostCounters.Traffic, UInt64>
        ) -> Double? {
            guard let before = earlier[keyPath: traffic]?[keyPath: direction],
                let after = later[keyPath: traffic]?[keyPath: direction], after >= before, seconds > 0
            else { return nil }
            return Double(after - before) / 1000 / seconds
        }
        func percent(_ part: KeyPath<HostCounters.ProcessorTime, UInt64>) -> Double? {
            guard let before = earlier.processor, let after = later.processor, after.total > before.total
            else { return nil }
            // The kernel lets the time spent waiting for disks go backwards by a tick now and then.
            let spent = Double(after[keyPath: part]) - Double(before[keyPath: part])
            return min(max(100 * spent / Double(after.total - before.total), 0), 100)
        }
        values = [
            ("cpu_percent", percent(\.busy)),
            ("memory_percent", later.memory),
            ("load1", later.load),
            ("iowait_percent", percent(\.waitingForDisk)),
            ("disk_read_kBps", kilobytesPerSecond(\.disk, \.read)),
            ("disk_write_kBps", kilobytesPerSecond(\.disk, \.written)),
            ("net_in_kBps", kilobytesPerSecond(\.network, \.read)),
            ("net_out_kBps", kilobytesPerSecond(\.network, \.written)),
        ]
    }

    static func == (a: HostSample, b: HostSample) -> Bool {
        a.values.elementsEqual(b.values) { $0.channel == $1.channel && $0.value == $1.value }
    }

    /// The sample as a line of NDJSON, newline included; numbers rounded to three decimals, null for nil.
    ///
    /// - Parameters:
    ///   - stream: The stream's name; any text.
    ///   - time: Epoch seconds.
    /// - Throws: What ``JSONText/text(_:)`` throws.
    func line(stream: String, time: Double) throws -> String {
        // By hand, for JSONEncoder keeps no order of fields.
        var line = "{\"stream\":\(try JSONText.text(stream)),\"time\":\((time * 1000).rounded() / 1000)"
        for (channel, value) in values {
            line += ",\"\(channel)\":" + (value.map { "\(($0 * 1000).rounded() / 1000)" } ?? "null")
        }
        return line + "}\n"
    }
}
