import ArgumentParser
import Glibc
import NoBackTrackSystem

/// `nobacktrack host`: this machine as a sensor.
struct HostCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "host",
        abstract: "Print this machine's load, memory, disk and network rates as a sample stream.",
        discussion: """
            One line of NDJSON an interval, for nobacktrackd's standard input or ingest socket. Percentages are of \
            all processors, or of all memory; rates are thousands of bytes a second between two lines. A value that \
            this machine does not know is null. Ends with its reader.
            """
    )

    @Option(help: ArgumentHelp("Time between two lines, at least 0.01.", valueName: "seconds"))
    var interval: Double = 1

    @Option(help: ArgumentHelp("End after so many lines.", valueName: "lines"))
    var count: Int?

    @Option(help: "The stream's name.")
    var stream = "host"

    func validate() throws {
        guard interval.isFinite, (0.01...86_400).contains(interval) else {
            throw ValidationError("--interval needs a number of seconds from 0.01 to 86400")
        }
        guard count ?? 0 >= 0 else { throw ValidationError("--count needs a number of lines ≥ 0") }
    }

    func run() async throws {
        try await untilAskedToStop(printSamples)
    }

    private func printSamples() async throws {
        let clock = ContinuousClock()
        let period = Duration.seconds(interval)
        var earlier = Self.counters()
        var next = clock.now + period
        var printed = 0
        while count.map({ printed < $0 }) ?? true {
            try await clock.sleep(until: next)
            let later = Self.counters()
            let sample = HostSample(from: earlier, to: later)
            try Output.write(try sample.line(stream: stream, time: Clocks.wallSeconds()))
            earlier = later
            printed += 1
            // A machine that was asleep does not owe the lines of that time.
            next = max(next + period, clock.now)
        }
    }

    /// What `/proc` says now.
    private static func counters() -> HostCounters {
        HostCounters(instant: Clocks.monotonicNanoseconds()) { name in
            // What this kernel or container does not have is not an error: the value is missing.
            (try? kernelText("/proc/\(name)")).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// A file of the kernel's, whose size is not known before it is read.
    private static func kernelText(_ path: String) throws(SystemError) -> [UInt8] {
        let calls = LinuxFileSystem()
        let file = try calls.open(path, O_RDONLY, permissions: 0)
        defer { try? calls.close(file) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = try calls.read(file, into: &buffer, from: 0)
            if count == 0 { return text }
            text.append(contentsOf: buffer[..<count])
        }
    }
}
