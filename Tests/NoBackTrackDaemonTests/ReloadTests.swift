import Glibc
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

/// HUP, as a user and as the service manager see it.
@Suite struct ReloadTests {
    private func write(_ text: String, to path: String) throws {
        try DurableFile.replace(path, contents: Array(text.utf8))
    }

    private let learner = "learner: {hiddenUnits: 8}\n"

    @Test func whatCanChangeDoesAndWhatCannotIsNamed() async throws {
        let directory = try TemporaryDirectory()
        let file = directory.file("nobacktrackd.yaml")
        try write(learner + "predict: {level: 0.5}\n", to: file)
        let manager = try NotifySocket(directory.file("notify"))
        // Found without being named, as under systemd.
        let daemon = try DaemonProcess(
            in: directory,
            environment: ["CONFIGURATION_DIRECTORY": directory.path, "NOTIFY_SOCKET": manager.path],
            readsInput: false)
        _ = try await manager.next(assigning: "READY")
        let producer = try UnixClient(directory.file("nobacktrackd/ingest.sock"))
        try await producer.send(wave(0..<300, stream: "a") + wave(0..<300, stream: "b"))
        let client = try UnixClient(directory.file("nobacktrackd/predict.sock"))
        _ = try await client.ask(#"{"op":"flush"}"#)
        let question = #"{"op":"forecast","stream":"a"}"#
        func levels(of message: ForecastMessage) -> Set<Double> { Set(message.forecasts.map(\.level)) }
        #expect(levels(of: try await client.ask(question, as: ForecastMessage.self)) == [0.5])
        let subscriber = try UnixClient(directory.file("nobacktrackd/predict.sock"))
        _ = try await subscriber.ask(#"{"op":"subscribe","stream":"a"}"#)

        try write(
            "learner: {hiddenUnits: 9}\npredict: {level: 0.75}\nstreams: {max: 1}\ncheckpoint: {intervalSamples: 10}\n",
            to: file)
        daemon.kill(SIGHUP)
        let reloading = try await manager.next(assigning: "RELOADING")
        #expect(reloading["RELOADING"] == "1")
        let since = try #require(reloading["MONOTONIC_USEC"].flatMap { UInt64($0) })
        #expect(since <= Clocks.monotonicNanoseconds() / 1000)
        #expect(try await manager.next(assigning: "READY")["READY"] == "1")
        try await daemon.logged("learner.hiddenUnits")
        try await daemon.logged("checkpoint.intervalSamples")
        let forecast = try await client.ask(question, as: ForecastMessage.self)
        #expect(levels(of: forecast) == [0.75] && forecast.step == 300)
        // One had to leave; both are there and learn on.
        let streams = try await client.ask(#"{"op":"streams"}"#, as: StreamsMessage.self).streams
        #expect(streams.map(\.inMemory).filter { $0 }.count == 1 && streams.map(\.step) == [300, 300])
        try await producer.send(wave(300..<311, stream: "a"))
        let event = try ForecastMessage(line: Array(try #require(await subscriber.line()).utf8))
        #expect(levels(of: event) == [0.75] && event.step == 301 && event.dropped == nil)
        _ = try await client.ask(#"{"op":"flush"}"#)
        daemon.kill(SIGTERM)
        #expect(try await daemon.outcome().code == 0)
        let store = CheckpointStore(stateDirectory: directory.file("state/nobacktrackd"))
        #expect(try store.loadNewest(stream: "a").checkpoint?.step == 311)
    }

    @Test(arguments: [
        "predict: {level: 7}", "nonsense: 1", "{", "ingest: {ack: durable}\njournal: {enabled: false}",
    ])
    func whatCannotBeUsedChangesNothing(text: String) async throws {
        let directory = try TemporaryDirectory()
        let file = directory.file("some.yaml")
        try write(learner + "predict: {level: 0.5}\n", to: file)
        let manager = try NotifySocket(directory.file("notify"))
        let daemon = try DaemonProcess(
            in: directory, ["--config", file], environment: ["NOTIFY_SOCKET": manager.path], readsInput: false
        )
        _ = try await manager.next(assigning: "READY")
        try write(text, to: file)
        daemon.kill(SIGHUP)
        _ = try await manager.next(assigning: "RELOADING")
        _ = try await manager.next(assigning: "READY")
        try await daemon.logged("everything stays as it was")
        let producer = try UnixClient(directory.file("nobacktrackd/ingest.sock"))
        try await producer.send(wave(0..<3))
        let client = try UnixClient(directory.file("nobacktrackd/predict.sock"))
        _ = try await client.ask(#"{"op":"flush"}"#)
        let forecast = try await client.ask(#"{"op":"forecast"}"#, as: ForecastMessage.self)
        #expect(forecast.forecasts.allSatisfy { $0.level == 0.5 } && forecast.step == 3)
        daemon.kill(SIGTERM)
        #expect(try await daemon.outcome().code == 0)
    }

    @Test(.timeLimit(.minutes(1 * TestConditions.slowness))) func checkpointsAreNotPutOff() async throws {
        let directory = try TemporaryDirectory()
        let manager = try NotifySocket(directory.file("notify"))
        let daemon = try DaemonProcess(
            in: directory, ["--hidden-units", "8"],
            environment: [
                "NOTIFY_SOCKET": manager.path, "NOBACKTRACKD_CHECKPOINT_INTERVAL_SECONDS": "1",
            ], readsInput: false)
        _ = try await manager.next(assigning: "READY")
        let producer = try UnixClient(directory.file("nobacktrackd/ingest.sock"))
        try await producer.send(wave(0..<5))
        let store = CheckpointStore(stateDirectory: directory.file("state/nobacktrackd"))
        // Much more often than once a second.
        while try store.loadNewest(stream: "default").checkpoint == nil {
            daemon.kill(SIGHUP)
            _ = try await manager.next(assigning: "RELOADING")
            _ = try await manager.next(assigning: "READY")
        }
        daemon.kill(SIGTERM)
        #expect(try await daemon.outcome().code == 0)
    }

    @Test func aClosedTerminalEndsItWithACheckpoint() async throws {
        let directory = try TemporaryDirectory()
        let terminal = try PseudoTerminal()
        let daemon = try DaemonProcess(in: directory, ["--hidden-units", "8"], terminal: terminal.device)
        try await daemon.logged("Ready")
        let producer = try UnixClient(directory.file("nobacktrackd/ingest.sock"))
        try await producer.send(wave(0..<5))
        let client = try UnixClient(directory.file("nobacktrackd/predict.sock"))
        _ = try await client.ask(#"{"op":"flush"}"#)
        terminal.hangUp()
        #expect(try await daemon.outcome().code == 0)
        let store = CheckpointStore(stateDirectory: directory.file("state/nobacktrackd"))
        #expect(try store.loadNewest(stream: "default").checkpoint?.step == 5)
    }
}
