import Glibc
import NoBackTrackSystem
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

/// What clients make a daemon take.
@Suite(
    .timeLimit(.minutes(5)),
    .disabled(if: TestConditions.sanitizer != nil, "what a sanitizer takes is resident too")
) struct ConnectionMemoryTests {
    private func residentBytes(of daemon: DaemonProcess) throws -> Int {
        let path = "/proc/\(daemon.identifier)/statm"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError(call: "open", path: path, code: errno) }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &buffer, buffer.count)
        // All pages, then those that are resident.
        let fields = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
        let pages = try #require(fields.dropFirst().first.flatMap { Int($0) })
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    @Test func halfLinesAndSubscribersThatNeverReadTakeWhatTheirLimitsSay() async throws {
        let connections = 64
        let queueBytes = 1 << 16
        let lineBytes = 1 << 16
        let streamBytes = 1 << 24
        let directory = try TemporaryDirectory()
        let daemon = try DaemonProcess(
            in: directory, ["--hidden-units", "4"],
            environment: [
                "NOBACKTRACKD_INGEST_MAX_CONNECTIONS": "\(connections)",
                "NOBACKTRACKD_PREDICT_MAX_CONNECTIONS": "\(connections)",
                "NOBACKTRACKD_PREDICT_SUBSCRIBER_QUEUE_BYTES": "\(queueBytes)",
                "NOBACKTRACKD_INGEST_MAX_LINE_BYTES": "\(lineBytes)",
                "NOBACKTRACKD_STREAMS_MAX_MEMORY_BYTES": "\(streamBytes)",
            ], readsInput: false)
        try await daemon.logged("Ready")
        let ingest = directory.file("nobacktrackd/ingest.sock")
        let predict = directory.file("nobacktrackd/predict.sock")
        let client = try UnixClient(predict)
        _ = try await client.ask(#"{"op":"status"}"#)
        let base = try residentBytes(of: daemon)
        // One place on each socket is for those who keep to the rules.
        var deaf: [UnixClient] = []
        var halves: [UnixClient] = []
        for _ in 1..<connections {
            deaf.append(try UnixClient(predict, receiveBuffer: 4096))
            try await deaf.last?.send("{\"op\":\"subscribe\"}\n")
            halves.append(try UnixClient(ingest))
            try await halves.last?.send("{\"" + String(repeating: "x", count: lineBytes - 100))
        }
        let producer = try UnixClient(ingest)
        let name = String(repeating: "n", count: 10_000)
        let count = 400
        for value in 0..<count { try await producer.send("{\"\(name)\":\(value)}\n") }
        let flushed = try await client.ask(#"{"op":"flush"}"#, as: FlushMessage.self)
        #expect(flushed.samples == UInt64(count))
        let status = try await client.ask(#"{"op":"status"}"#, as: StatusMessage.self)
        #expect(status.connections == .init(ingest: connections, predict: connections))
        #expect(status.subscribers == connections - 1)
        // Far less than what the README gives for the worst that each of them could do.
        let bound =
            base + streamBytes + connections * 4 * lineBytes + connections * (2 * queueBytes + (1 << 18))
        let resident = try residentBytes(of: daemon)
        #expect(resident <= bound, "\(resident) bytes, \(base) when idle")
        withExtendedLifetime((deaf, halves)) {}
        daemon.kill(15)
        #expect(try await daemon.outcome().code == 0)
    }
}
