import Glibc
import NoBackTrackCheckpoint
import NoBackTrackDaemon
import NoBackTrackSystem
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

/// Memory that becomes short, as the service manager tells.
@Suite struct MemoryPressureTests {
    @Test(arguments: [0, 3600])
    func streamsThatAreNotFedLeaveAndComeBack(idleSeconds: Int) async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("pressure")
        try #require(mkfifo(path, 0o600) == 0)
        let record = LogRecord()
        let daemon = try await RunningDaemon(
            in: directory, memoryPressure: try MemoryPressureWatch(path: path, request: []),
            logger: record.logger
        ) { $0.streams.idleSeconds = idleSeconds }
        for stream in ["a", "b", "c"] { try await daemon.feed(wave(0..<20, stream: stream)) }
        let subscriber = try daemon.client()
        _ = try await subscriber.ask(#"{"op":"subscribe","stream":"b"}"#)
        let writer = open(path, O_WRONLY | O_CLOEXEC)
        #expect(write(writer, "x", 1) == 1)
        close(writer)
        await record.waitFor("Memory is short")
        let client = try daemon.client()
        let streams = try await client.ask(#"{"op":"streams"}"#, as: StreamsMessage.self).streams
        #expect(streams.map(\.step) == [20, 20, 20])
        #expect(streams.map(\.inMemory) == Array(repeating: idleSeconds > 0, count: 3))
        try await daemon.feed(wave(20..<21, stream: "b"))
        let event = try ForecastMessage(line: Array(try #require(await subscriber.line()).utf8))
        #expect(event.step == 21 && event.dropped == nil)
        try await daemon.stop()
        #expect(try ["a", "b", "c"].map { try daemon.checkpoint($0)?.step } == [20, 21, 20])
    }
}
