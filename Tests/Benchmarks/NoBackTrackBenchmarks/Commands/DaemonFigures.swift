import NoBackTrackTestSupport

/// The figures of the whole daemon.
struct DaemonFigures {
    let program: String
    let quick: Bool

    private var pairs: Int { quick ? 3 : 21 }

    /// A stream's samples from a pipe against the learner alone.
    func endToEnd() throws -> Figure {
        let samples = Samples(count: quick ? 2000 : 10_000, channelCount: 8)
        let times = try EndToEnd.share(program, samples, .ndjson, .pipe, unitCount: 32, pairs: pairs)
        return Figure(
            name: "NDJSON of 8 channels, n = 32, standard input to learned, by the learner's own rate",
            reach: .atLeast(70), measured: Self.percent(times.ratio), unit: "%",
            detail: "\(Self.rate(times.second)), \(Self.rate(times.first))")
    }

    /// Streams on all processors against one.
    func twoCores() throws -> Figure? {
        guard Machine.cores.count >= 2 else {
            print("only one processor may be used: no row for two")
            return nil
        }
        let samples = Samples(count: quick ? 2560 : 12_800, channelCount: 8)
        func streams(on cores: Int) throws -> ManyStreams {
            try ManyStreams(
                program, cores: Array(Machine.cores.prefix(cores)), streams: 64, producers: 4, samples,
                unitCount: 32)
        }
        let (one, two) = (try streams(on: 1), try streams(on: 2))
        let times = try PairedTimes(pairs: pairs, first: { try one.run() }, second: { try two.run() })
        try one.verify()
        try two.verify()
        return Figure(
            name: "64 streams of 8 channels, n = 32, from 4 producers: two cores by one",
            reach: .atLeast(1.8),
            measured: times.ratio, unit: "×", detail: "\(Self.rate(times.second)), \(Self.rate(times.first))")
    }

    /// From write to event, and by the time of an echo.
    func latency() throws -> [Figure] {
        let comparison = try LatencyComparison(program, quick: quick)
        let name = "p99 from socket write to event, 1 000 samples/s of 8 channels, n = 32"
        return [
            Figure(
                name: name, reach: .atMost(1), measured: Quartiles(comparison.times.first.map { $0 / 1e6 }),
                unit: "ms", detail: comparison.daemon.text),
            Figure(
                name: "the same by an echo server's", reach: .atMost(3), measured: comparison.times.ratio,
                unit: "×", detail: comparison.echo.text),
        ]
    }

    /// Throughput with and without subscribers.
    func subscribers() throws -> Figure {
        // A second of learning at least: the answer that ends a run comes by the sockets' thread, after what that has to
        // write to a hundred subscribers.
        let samples = Samples(count: quick ? 5000 : 60_000, channelCount: 8)
        let alone = try EndToEnd(program, samples, .ndjson, .pipe, unitCount: 32)
        let watched = try EndToEnd(program, samples, .ndjson, .pipe, unitCount: 32)
        let subscribers = try watched.subscribe(100)
        let times = try PairedTimes(pairs: pairs, first: { try alone.run() }, second: { try watched.run() })
        try alone.verify()
        try watched.verify()
        guard subscribers.receivedBytes > 0 else { throw BenchmarkError("subscribers got nothing") }
        return Figure(
            name: "throughput with 100 subscribers, one of which never reads, by that without",
            reach: .atLeast(95), measured: Self.percent(times.ratio), unit: "%",
            detail: "\(Self.rate(times.second)), \(Self.rate(times.first))")
    }

    /// Resident memory of many small streams.
    func memory() throws -> Figure {
        let count = quick ? 500 : 10_000
        var memory = try StreamMemory(program, largest: count, unitCount: 16)
        let empty = Double(memory.emptyBytes) / 1e6
        let added = Double(try memory.grow(to: count)) / 1e6 - empty
        return Figure(
            name: "10 000 streams of one channel, n = 16, resident" + (quick ? ", told from \(count)" : ""),
            reach: .atMost(500), measured: Quartiles([empty + added * 10_000 / Double(count)]), unit: "MB",
            detail: "\(Text.number(empty)) MB without a stream")
    }

    /// The median rate.
    static func rate(_ nanoseconds: [Double]) -> String {
        "\(Text.number(1e9 / Quartiles(nanoseconds).median)) samples/s"
    }

    static func percent(_ ratio: Quartiles) -> Quartiles {
        Quartiles([ratio.lower, ratio.lower, ratio.median, ratio.upper, ratio.upper].map { 100 * $0 })
    }
}
