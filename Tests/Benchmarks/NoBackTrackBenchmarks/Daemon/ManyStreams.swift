import Glibc
import NoBackTrackSystem
import NoBackTrackTestSupport

/// Many streams through several connections of one daemon.
final class ManyStreams {
    private let daemon: DaemonUnderTest
    private let connections: [LineChannel]
    private let bytes: [[UInt8]]
    private let count: Int
    private var sent = 0

    /// A daemon that has learned the samples once.
    ///
    /// - Parameters:
    ///   - cores: the processors it may run on.
    ///   - streams: they get the samples in turn.
    ///   - producers: connections that the streams are spread over.
    init(
        _ program: String, cores: [Int], streams: Int, producers: Int, _ samples: Samples, unitCount n: Int
    ) throws {
        daemon = try DaemonUnderTest(
            program, cores: cores, ["--experts", "none", "--hidden-units", "\(n)", "--format", "ndjson"],
            environment: ["NOBACKTRACKD_STREAMS_MAX": "\(max(streams, 1024))"])
        connections = try (0..<min(producers, streams)).map { [daemon] _ in try daemon.connectIngest() }
        let width = connections.count
        bytes = (0..<width).map { producer in
            var bytes: [UInt8] = []
            for sample in 0..<samples.count where sample % streams % width == producer {
                bytes += samples.bytes(sample..<sample + 1, .ndjson) { "s\($0 % streams)" }
            }
            return bytes
        }
        count = samples.count
        _ = try run()
    }

    /// Sends all samples once more, to all connections at once, and waits until they are learned.
    ///
    /// - Returns: nanoseconds that each took.
    func run() throws -> Double {
        let begin = Clocks.monotonicNanoseconds()
        try sendAll()
        try daemon.flush()
        let nanoseconds = Clocks.monotonicNanoseconds() - begin
        sent += count
        return Double(nanoseconds) / Double(count)
    }

    /// Makes sure that the daemon has learned from every sample.
    func verify() throws {
        let learned = try daemon.learnedSamples()
        guard learned == sent else { throw BenchmarkError("\(sent) samples were sent, \(learned) learned") }
    }

    private func sendAll() throws(SystemError) {
        var places = bytes.map { _ in 0 }
        while true {
            var requests: [pollfd] = []
            var producers: [Int] = []
            for (producer, connection) in connections.enumerated()
            where places[producer] < bytes[producer].count {
                requests.append(pollfd(fd: connection.writer, events: Int16(POLLOUT), revents: 0))
                producers.append(producer)
            }
            if requests.isEmpty { return }
            guard poll(&requests, nfds_t(requests.count), -1) > 0 else { continue }
            for (request, producer) in zip(requests, producers) where request.revents != 0 {
                let place = places[producer]
                let count = bytes[producer].withUnsafeBytes {
                    send(
                        request.fd, $0.baseAddress! + place, min($0.count - place, 65_536),
                        Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
                }
                if count < 0, errno == EAGAIN || errno == EINTR { continue }
                guard count >= 0 else { throw SystemError(call: "send", path: nil, code: errno) }
                places[producer] += count
            }
        }
    }
}
