import Glibc
import NoBackTrackCheckpoint
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

@testable import NoBackTrackDaemon

/// What producers are told, and what is known again when they send it again.
@Suite struct AcknowledgementTests {
    /// Samples that carry their number, one NDJSON line each.
    private func numbered(_ range: Range<Int>, source: String? = nil) -> String {
        let name = source.map { "\"source\":\"\($0)\"," } ?? ""
        return range.map { "{\(name)\"seq\":\($0),\"x\":\(sin(Double($0) / 5))}\n" }.joined()
    }

    /// Reads acknowledgements until so many samples and lines are settled.
    private func settled(
        _ producer: UnixClient, _ count: UInt64, refused: UInt64? = nil
    ) async throws -> [String] {
        var others: [String] = []
        while let line = try await producer.line() {
            guard let message = try? AcknowledgementMessage(line: Array(line.utf8)) else {
                others.append(line)
                continue
            }
            if message.ack == count, message.refused == refused { return others }
            #expect(message.ack <= count)
        }
        throw Timeout("{\"ack\":\(count)}")
    }

    @Test(arguments: [DaemonConfiguration.Acknowledgement.learned, .durable])
    func `a producer is told how many of its samples are settled`(
        ack: DaemonConfiguration.Acknowledgement
    ) async throws {
        let daemon = try await RunningDaemon { $0.ingest.ack = ack }
        let producer = try daemon.producer()
        #expect(try await producer.line() == #"{"ack":0}"#)
        try await producer.send(numbered(1..<101))
        #expect(try await settled(producer, 100) == [])
        try await producer.send("nonsense\n" + numbered(101..<111) + "{\"x\":\"?\"}\n")
        let errors = try await settled(producer, 110, refused: 2)
        #expect(errors.count == 2 && errors.allSatisfy { $0.hasPrefix(#"{"ok":false,"line":1"#) })
        // The last one comes before the end.
        try await producer.send(#"{"x":1}"#)
        producer.closeWriting()
        #expect(try await producer.lines() == [#"{"ack":111,"refused":2}"#])
        try await daemon.stop()
    }

    @Test func `nothing but errors is told without being asked for`() async throws {
        let daemon = try await RunningDaemon()
        #expect(try await daemon.feed(numbered(1..<50)) == [])
        try await daemon.stop()
    }

    /// The sender could not know whether its samples had arrived.
    @Test func `a sample that was learned is acknowledged and not learned again`() async throws {
        let whole = try await RunningDaemon()
        try await whole.feed(numbered(1..<301))
        try await whole.stop()

        var directory: TemporaryDirectory?
        for start in stride(from: 1, to: 301, by: 100) {
            let daemon = try await RunningDaemon(in: directory) { $0.ingest.ack = .learned }
            directory = daemon.directory
            for _ in 0..<2 {
                let producer = try daemon.producer()
                // From its own beginning on, every time.
                try await producer.send(numbered(1..<start + 100))
                _ = try await settled(producer, UInt64(start + 99))
            }
            let status = try await daemon.client().ask(#"{"op":"status"}"#, as: StatusMessage.self)
            #expect(status.streams.map(\.step) == [UInt64(start + 99)])
            #expect(status.streams.map(\.repeated) == [UInt64(start - 1 + start + 99)])
            #expect(status.lag == 0 && status.rejected == [:])
            try await daemon.stop()
            if start > 200 { #expect(try daemon.checkpoint("default") == whole.checkpoint("default")) }
        }
    }

    @Test func `sources count by themselves, and only so many are remembered`() async throws {
        let daemon = try await RunningDaemon { $0.ingest.maxSources = 2 }
        func steps() async throws -> [UInt64] {
            try await daemon.client().ask(#"{"op":"status"}"#, as: StatusMessage.self).streams.map(\.step)
        }
        for source in ["a", "b", nil] as [String?] { try await daemon.feed(numbered(1..<11, source: source)) }
        #expect(try await steps() == [30])
        // Still known; then the one that was not heard of for the longest time is not.
        try await daemon.feed(numbered(1..<11, source: "b"))
        #expect(try await steps() == [30])
        try await daemon.feed(numbered(1..<11, source: "a"))
        #expect(try await steps() == [40])
        try await daemon.stop()
    }

    /// What nobody was told about is learned all the same: an acknowledgement takes nothing back.
    @Test func `a kill loses nothing that was acknowledged`() async throws {
        let directory = try TemporaryDirectory()
        let arguments = ["--hidden-units", "4", "--ack", "learned", "--checkpoint-interval-seconds", "0"]
        let first = try DaemonProcess(in: directory, arguments, readsInput: false)
        try await first.logged("Ready")
        let producer = try UnixClient(directory.file("nobacktrackd/ingest.sock"))
        try await producer.send(numbered(1..<501))
        _ = try await settled(producer, 500)
        first.kill(SIGKILL)
        #expect(try await first.outcome().code == -SIGKILL)
        #expect(
            try CheckpointStore(stateDirectory: directory.file("state/nobacktrackd")).storedStreams() == [])

        let second = try DaemonProcess(in: directory, arguments, readsInput: false)
        try await second.logged("Ready")
        let client = try UnixClient(directory.file("nobacktrackd/predict.sock"))
        #expect(try await client.ask(#"{"op":"forecast"}"#, as: ForecastMessage.self).step == 500)
        second.kill(SIGTERM)
        #expect(try await second.outcome().code == 0)
    }
}
