import Glibc
import NoBackTrackSystem
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

/// The real binary without standard input, output and error.
@Suite struct ClosedDescriptorTests {
    /// Connects once somebody listens.
    private func connect(_ path: String) async throws -> UnixClient {
        try await offPool {
            let deadline = Clocks.wallSeconds() + Double(UnixClient.deadlineMilliseconds) / 1000
            while true {
                do { return try UnixClient(path) } catch {
                    guard Clocks.wallSeconds() < deadline else { throw error }
                    // There is no event to wait for: the program has nowhere to say that it is ready.
                    usleep(5_000)
                }
            }
        }
    }

    private func target(_ process: pid_t, _ descriptor: Int) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let length = readlink("/proc/\(process)/fd/\(descriptor)", &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    @Test func nothingElseGetsTheirNumbers() async throws {
        let directory = try TemporaryDirectory()
        let daemon = try DaemonProcess(
            in: directory, ["--hidden-units", "8", "--print", "ndjson"], closesDescriptors: true)
        let client = try await connect(directory.file("nobacktrackd/predict.sock"))
        for descriptor in 0...2 { #expect(target(daemon.identifier, descriptor) == "/dev/null") }
        let producer = try await connect(directory.file("nobacktrackd/ingest.sock"))
        // Printed and logged lines come to no client.
        try await producer.send("{\"a\":1}\n")
        producer.closeWriting()
        #expect(try await producer.lines().isEmpty)
        #expect(try await client.ask(#"{"op":"flush"}"#, as: FlushMessage.self).samples == 1)
        daemon.kill(SIGTERM)
        #expect(try await daemon.outcome().code == 0)
    }
}
