import ArgumentParser
import Glibc
import Histogram
import NoBackTrackTestSupport

/// End-to-end rates of every format.
struct FormatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "formats",
        abstract: "Samples a second from bytes to learned, of every format, by pipe and by socket.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var daemon: DaemonOptions

    @Option(help: "Channels of a sample.")
    var channels = 8

    @Option(help: "Units of the network.")
    var units = 32

    func run() throws {
        print(Machine.description)
        print("\(channels) channels, n = \(units); every daemon in turn with the bare learner\n")
        let samples = Samples(count: common.quick ? 1000 : 10_000, channelCount: channels)
        var table = Table(["format", "by", "samples/s", "learner alone", "% of it (middle half)", "MB/s"])
        for format in Samples.Format.allCases {
            guard try EndToEnd.supports(format, daemon.program) else {
                print("this daemon does not read \(format.rawValue)")
                continue
            }
            let bytesPerSample =
                Double(samples.bytes(0..<samples.count, format).count) / Double(samples.count)
            for way in EndToEnd.Way.allCases {
                let times = try EndToEnd.share(
                    daemon.program, samples, format, way, unitCount: units, pairs: common.quick ? 3 : 15)
                let nanoseconds = Quartiles(times.second).median
                table.append([
                    format.rawValue, way.rawValue, Text.number(1e9 / nanoseconds),
                    Text.number(1e9 / Quartiles(times.first).median),
                    Text.spread(DaemonFigures.percent(times.ratio)),
                    Text.number(1e3 * bytesPerSample / nanoseconds),
                ])
            }
        }
        print(table.text)
    }
}

/// Latency from write to event.
struct LatencyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract: "From the write of a sample to its event at a subscriber, beside an echo server.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var daemon: DaemonOptions

    func run() throws {
        print(Machine.description)
        print("a sample of 8 channels a millisecond, n = 32\n")
        let comparison = try LatencyComparison(daemon.program, quick: common.quick)
        var table = Table(["", "p50", "p99", "p99.9", "longest", "samples"])
        for (name, path) in [("daemon", comparison.daemon), ("echo server", comparison.echo)] {
            let times = [50, 99, 99.9, 100].map { "\(path.microseconds($0)) µs" }
            table.append([name] + times + ["\(path.histogram.totalCount)"])
        }
        print(table.text)
        print("\np99 of blocks measured in turn, by the echo's: \(Text.spread(comparison.times.ratio)) ×")
    }
}

/// Rates against the number of streams.
struct StreamsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "streams",
        abstract: "Samples a second against the number of streams, on one core and on all.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var daemon: DaemonOptions

    func run() throws {
        print(Machine.description)
        print("samples/s of 8 channels, n = 32, NDJSON from 4 producers by sockets\n")
        var table = Table(["streams", "one core", "\(Machine.cores.count) cores", "ratio (middle half)"])
        for streams in common.quick ? [1, 64] : [1, 4, 16, 64, 256, 1024] {
            let samples = Samples(
                count: max(streams * 4, common.quick ? 1280 : 6400), channelCount: 8)
            func daemons(_ cores: [Int]) throws -> ManyStreams {
                try ManyStreams(
                    daemon.program, cores: cores, streams: streams, producers: 4, samples, unitCount: 32)
            }
            let one = try daemons([Machine.cores[0]])
            let all = try daemons(Machine.cores)
            let times = try PairedTimes(
                pairs: common.quick ? 3 : 11, first: { try one.run() }, second: { try all.run() })
            try one.verify()
            try all.verify()
            table.append([
                "\(streams)", Text.number(1e9 / Quartiles(times.first).median),
                Text.number(1e9 / Quartiles(times.second).median), Text.spread(times.ratio),
            ])
        }
        print(table.text)
    }
}

/// Memory against the number of streams.
struct MemoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory", abstract: "Resident memory of the daemon against the number of streams.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var daemon: DaemonOptions

    @Option(help: "Units of each stream's network.")
    var units = 16

    func run() throws {
        print(Machine.description)
        print("streams of one channel, n = \(units), every one of which has learned\n")
        let counts = common.quick ? [10, 100] : [1, 10, 100, 1000, 10_000]
        var memory = try StreamMemory(daemon.program, largest: counts[counts.count - 1], unitCount: units)
        var table = Table(["streams", "resident MB", "kB a stream"])
        table.append(["0", Text.number(Double(memory.emptyBytes) / 1e6), "–"])
        for count in counts {
            let bytes = try memory.grow(to: count)
            let each = Double(bytes - memory.emptyBytes) / 1e3 / Double(count)
            table.append(["\(count)", Text.number(Double(bytes) / 1e6), Text.number(each)])
        }
        print(table.text)
    }
}

/// Everything.
struct AllCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "all", abstract: "Everything, one after the other.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var daemon: DaemonOptions

    @Option(
        help: ArgumentHelp("A Python with numpy and torch; none: no rows for them.", valueName: "file"))
    var python: String?

    func run() throws {
        let quick = common.quick ? ["--quick"] : []
        let program = quick + ["--daemon", daemon.program]
        let parts: [(name: String, command: any ParsableCommand)] = [
            ("ratios", try RatiosCommand.parse(program + (python.map { ["--python", $0] } ?? []))),
            ("step", try StepCommand.parse(quick)), ("formats", try FormatsCommand.parse(program)),
            ("latency", try LatencyCommand.parse(program)), ("streams", try StreamsCommand.parse(program)),
            ("memory", try MemoryCommand.parse(program)),
        ]
        for (name, command) in parts {
            var command = command
            print("\n## \(name)\n")
            try command.run()
            fflush(nil)
        }
    }
}
