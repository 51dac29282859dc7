import CBenchmarks
import Glibc
import Histogram
import NoBackTrackSystem
import NoBackTrackTestSupport

/// Where a line goes in and comes out again, changed or not.
final class LatencyPath {
    private let entry: LineChannel
    private let exit: LineChannel
    private let lines: [[UInt8]]
    private var sentAt: [UInt64]
    private var step = 0
    /// Nanoseconds of all samples since the warm-up.
    private(set) var histogram = Histogram<UInt64>(
        highestTrackableValue: 60_000_000_000, numberOfSignificantValueDigits: .three)

    /// - Parameters:
    ///   - entry: takes samples.
    ///   - exit: gives a line with the time of the sample, which is its number.
    ///   - samples: as many as will be sent.
    init(entry: LineChannel, exit: LineChannel, _ samples: Samples) {
        self.entry = entry
        self.exit = exit
        lines = (0..<samples.count).map { sample in
            let fields = samples.bytes(sample..<sample + 1, .ndjson).dropFirst()
            return Array("{\"time\":\(sample),".utf8) + fields
        }
        sentAt = Array(repeating: 0, count: samples.count)
    }

    /// Sends the next samples at equal intervals, and waits for what they bring.
    ///
    /// - Returns: the 99th percentile of the times from write to event, in nanoseconds.
    func run(_ count: Int, interval: UInt64 = 1_000_000) throws -> Double {
        var block = Histogram<UInt64>(
            highestTrackableValue: 60_000_000_000, numberOfSignificantValueDigits: .three)
        var (due, missing) = (Clocks.monotonicNanoseconds() + interval, count)
        let (first, end) = (step, step + count)
        let deadline = due + UInt64(count) * interval + 20_000_000_000
        while missing > 0 {
            let now = Clocks.monotonicNanoseconds()
            guard now < deadline else { throw BenchmarkError("\(missing) of \(count) events never came") }
            if step < end, now >= due {
                sentAt[step] = now
                try entry.send(lines[step])
                step += 1
                due += interval
                continue
            }
            let wait = step < end ? Int64(due - now) : 100_000_000
            guard scheduling_wait_readable(exit.reader, wait) == 1 else { continue }
            let sentAt = sentAt
            try exit.takeLines { line in
                guard let sample = JSONField.number("time", in: line), (first..<end).contains(Int(sample))
                else { return }
                block.record(Clocks.monotonicNanoseconds() - sentAt[Int(sample)])
                missing -= 1
            }
        }
        histogram.add(block)
        return Double(block.valueAtPercentile(99))
    }

    /// Forgets what was measured so far.
    func forgetWarmUp() { histogram.reset() }

    /// Percentiles in microseconds.
    var text: String {
        [("p50", 50), ("p99", 99), ("p99.9", 99.9)].map { "\($0) \(microseconds($1)) µs" }
            .joined(separator: ", ")
    }

    /// One percentile in microseconds.
    func microseconds(_ percentile: Double) -> String {
        Text.number(Double(histogram.valueAtPercentile(percentile)) / 1000)
    }
}

/// A thread that writes every byte that it reads from one socket to another.
final class EchoServer {
    /// What is echoed goes in here.
    let entry: LineChannel
    /// And comes out here.
    let exit: LineChannel

    /// Starts it; it ends when `entry` is closed.
    init() throws(SystemError) {
        let (incoming, outgoing) = (try Self.pair(), try Self.pair())
        entry = LineChannel(descriptor: incoming.0)
        exit = LineChannel(descriptor: outgoing.0)
        let (source, destination) = (incoming.1, outgoing.1)
        _ = WorkerThread {
            defer {
                close(source)
                close(destination)
            }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            while true {
                var request = pollfd(fd: source, events: Int16(POLLIN), revents: 0)
                guard poll(&request, 1, -1) > 0 else { continue }
                let count = read(source, &chunk, chunk.count)
                guard count > 0, write(destination, &chunk, count) == count else { return }
            }
        }
    }

    private static func pair() throws(SystemError) -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
            throw SystemError(call: "socketpair", path: nil, code: errno)
        }
        return (ends[0], ends[1])
    }
}

/// The daemon's latency beside that of an echo server.
struct LatencyComparison {
    let daemon: LatencyPath
    let echo: LatencyPath
    /// 99th percentiles in nanoseconds, the daemon's first.
    let times: PairedTimes

    /// Measures blocks of a second of both in turn, a sample a millisecond.
    init(_ program: String, quick: Bool) throws {
        let (pairs, block, warmUp) = quick ? (2, 500, 200) : (15, 1000, 1000)
        let samples = Samples(count: warmUp + pairs * block, channelCount: 8)
        let process = try DaemonUnderTest(program, ["--format", "ndjson"])
        let entry = try process.connectIngest()
        // A stream has to be there to be subscribed to.
        try entry.send(samples.bytes(0..<1, .ndjson))
        try process.flush()
        let events = try process.connectPredict()
        let answer = try events.ask(#"{"op":"subscribe","stream":"default"}"#)
        guard answer.contains(#""ok":true"#) else { throw BenchmarkError("subscribe: \(answer)") }
        let server = try EchoServer()
        let daemon = LatencyPath(entry: entry, exit: events, samples)
        let echo = LatencyPath(entry: server.entry, exit: server.exit, samples)
        _ = try daemon.run(warmUp)
        _ = try echo.run(warmUp)
        daemon.forgetWarmUp()
        echo.forgetWarmUp()
        times = try PairedTimes(
            pairs: pairs, first: { try daemon.run(block) }, second: { try echo.run(block) })
        self.daemon = daemon
        self.echo = echo
    }
}
