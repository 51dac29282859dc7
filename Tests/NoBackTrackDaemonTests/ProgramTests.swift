import Glibc
import NoBackTrackCheckpoint
import NoBackTrackDaemon
import NoBackTrackSystem
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

/// The real binary, through pipes, signals and exit codes.
@Suite struct ProgramTests {
    private let small = ["--hidden-units", "8", "--checkpoint-interval-seconds", "0"]

    private func checkpoint(_ directory: TemporaryDirectory, _ stream: String = "default") throws
        -> Checkpoint?
    {
        let store = CheckpointStore(stateDirectory: directory.file("state/nobacktrackd"))
        var checkpoint = try store.loadNewest(stream: stream).checkpoint
        checkpoint?.savedAt = 0
        return checkpoint
    }

    @Test func aLastLineThatOnlyTheEndOfAPipeEndsIsLearnedBeforeAStop() async throws {
        for round in 0..<5 {
            let directory = try TemporaryDirectory()
            let ingest = directory.file("in.sock")
            // With a socket beside it the end of the input is not that of the daemon.
            let daemon = try DaemonProcess(in: directory, ["--hidden-units", "2", "--ingest-socket", ingest])
            try await daemon.logged("Ready")
            try await daemon.send((0..<1000).map { "{\"x\":\($0 % 7)}\n" }.joined() + "{\"x\":1}")
            daemon.closeInput()
            if round % 2 == 0 {
                let client = try UnixClient(directory.file("nobacktrackd/predict.sock"))
                let flushed = try await client.ask(#"{"op":"flush"}"#, as: FlushMessage.self)
                #expect(flushed.samples == 1001)
            }
            daemon.kill(SIGTERM)
            #expect(try await daemon.outcome().code == 0)
            let store = CheckpointStore(stateDirectory: directory.file("state/nobacktrackd"))
            #expect(try store.loadNewest(stream: "default").checkpoint?.step == 1001)
        }
    }

    @Test func isAFilterWithOneLineASample() async throws {
        let directory = try TemporaryDirectory()
        let daemon = try DaemonProcess(in: directory, small + ["--print", "ndjson"])
        try await daemon.send("nonsense\n" + wave(0..<500) + "{\"level\":1,\"flow\":2}")
        daemon.closeInput()
        let outcome = try await daemon.outcome()
        #expect(outcome.code == 0, "\(outcome.errors)")
        let events = try outcome.output.split(separator: "\n").map {
            try ForecastMessage(line: Array($0.utf8))
        }
        #expect(events.map(\.step) == (1...501).map { UInt64($0) })
        #expect(outcome.errors.contains("bad_syntax"))
        #expect(try checkpoint(directory)?.step == 501)
        #expect(access(directory.file("nobacktrackd/predict.sock"), F_OK) != 0)
        // Nothing was said of an ingest socket, and standard input was read.
        #expect(!outcome.errors.contains("ingest="))
    }

    @Test func inputWithoutASingleSampleIsUnusable() async throws {
        let directory = try TemporaryDirectory()
        let daemon = try DaemonProcess(in: directory, small)
        try await daemon.send("nonsense\nmore of it\n")
        daemon.closeInput()
        let outcome = try await daemon.outcome()
        #expect(outcome.code == 65)
        #expect(outcome.errors.contains("not one of the 2 lines"))
    }

    @Test func printsLineProtocol() async throws {
        let directory = try TemporaryDirectory()
        let daemon = try DaemonProcess(in: directory, small + ["--print", "influx", "--horizons", "1"])
        try await daemon.send("boiler,site=a temp=1 1000000000\n")
        daemon.closeInput()
        let outcome = try await daemon.outcome()
        #expect(outcome.output == "boiler,site=a,channel=temp,horizon=1 mean=1,step=1i 1000000000\n")
    }

    @Test func printsTheProbabilitiesOfTheNextSymbol() async throws {
        let directory = try TemporaryDirectory()
        let daemon = try DaemonProcess(
            in: directory, small + ["--format", "symbols", "--alphabet", #"ab\n"#, "--print", "ndjson"])
        try await daemon.send(String(repeating: "ab\n", count: 50) + "x")
        daemon.closeInput()
        let outcome = try await daemon.outcome()
        #expect(outcome.code == 0, "\(outcome.errors)")
        let events = try outcome.output.split(separator: "\n").map {
            try ForecastMessage(line: Array($0.utf8))
        }
        #expect(events.map(\.step) == (1...150).map { UInt64($0) })
        let last = try #require(events.last?.probabilities?.entries)
        #expect(last.map(\.symbol).first == UInt8(ascii: "a"))
        // The alphabet is given: nothing is left for others.
        #expect(abs(last.reduce(0) { $0 + $1.probability } - 1) < 1e-9)
        #expect(outcome.errors.contains("bad_symbol") && outcome.errors.contains("line=151"))
        #expect(try checkpoint(directory)?.step == 150)
    }

    @Test func printsLineProtocolOfSymbols() async throws {
        let directory = try TemporaryDirectory()
        let daemon = try DaemonProcess(
            in: directory, small + ["--format", "symbols", "--alphabet", "a ", "--print", "influx"])
        try await daemon.send(" ")
        daemon.closeInput()
        let lines = try await daemon.outcome().output.split(separator: "\n").map(String.init)
        #expect(lines.count == 2)
        for tag in [#"\ "#, "a"] {
            #expect(
                lines.contains {
                    $0.hasPrefix("default,symbol=\(tag) probability=0.") && $0.hasSuffix(",step=1i")
                })
        }
    }

    @Test func symbolsGoOnBitForBitAfterKill() async throws {
        let text = String(repeating: "abracadabra\n", count: 40)
        let symbols = small + ["--format", "symbols"]
        let once = try TemporaryDirectory()
        let whole = try DaemonProcess(in: once, symbols)
        try await whole.send(text)
        whole.closeInput()
        #expect(try await whole.outcome().code == 0)

        let directory = try TemporaryDirectory()
        let first = try DaemonProcess(in: directory, symbols, readsInput: false)
        try await first.logged("Ready")
        let producer = try UnixClient(directory.file("nobacktrackd/ingest.sock"))
        try await producer.send(Array(text.utf8.prefix(200)))
        let client = try UnixClient(directory.file("nobacktrackd/predict.sock"))
        _ = try await client.ask(#"{"op":"flush"}"#)
        #expect(
            try await client.ask(#"{"op":"snapshot"}"#, as: SnapshotMessage.self).written.map(\.step) == [200]
        )
        // What no checkpoint has is in the journal.
        try await producer.send(Array(text.utf8.dropFirst(200).prefix(60)))
        _ = try await client.ask(#"{"op":"flush"}"#)
        first.kill(SIGKILL)
        #expect(try await first.outcome().code == -SIGKILL)
        let second = try DaemonProcess(in: directory, symbols)
        try await second.send(String(decoding: text.utf8.dropFirst(260), as: UTF8.self))
        second.closeInput()
        #expect(try await second.outcome().code == 0)
        let expected = try #require(try checkpoint(once))
        #expect(expected.step == 480)
        #expect(try checkpoint(directory) == expected)
    }

    @Test func printedLinesOfSeveralSourcesAreInTheOrderOfAcceptance() async throws {
        let directory = try TemporaryDirectory()
        let ingest = directory.file("in.sock")
        let daemon = try DaemonProcess(
            in: directory, small + ["--print", "ndjson", "--ingest-socket", ingest, "--on-eof", "stay"])
        try await daemon.logged("Ready")
        let counts = (sources: 3, samples: 300)
        async let output: Void = {
            var steps: [UInt64] = []
            while steps.count < (counts.sources + 1) * counts.samples, let line = try await daemon.line() {
                steps.append(try ForecastMessage(line: Array(line.utf8)).step)
            }
            #expect(steps == (1...((counts.sources + 1) * counts.samples)).map { UInt64($0) })
        }()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<counts.sources {
                group.addTask {
                    let client = try UnixClient(ingest)
                    try await client.send(wave(0..<counts.samples, isTimed: false))
                    client.closeWriting()
                    #expect(try await client.lines().isEmpty)
                }
            }
            group.addTask { try await daemon.send(wave(0..<counts.samples, isTimed: false)) }
            try await group.waitForAll()
        }
        try await output
        // The end of standard input is not the end: it may stay.
        daemon.closeInput()
        #expect(
            try await UnixClient(directory.file("nobacktrackd/predict.sock")).ask(#"{"op":"flush"}"#)
                .contains("1200"))
        daemon.kill(SIGTERM)
        #expect(try await daemon.outcome().code == 0)
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func signalLearnsWhatHasArrivedAndExitsWithZero(_ signal: Int32) async throws {
        let directory = try TemporaryDirectory()
        let daemon = try DaemonProcess(in: directory, small)
        try await daemon.logged("Ready")
        try await daemon.send(wave(0..<200) + "{\"level\":1")
        daemon.kill(signal)
        let outcome = try await daemon.outcome()
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(try checkpoint(directory)?.step == 200)
    }

    @Test func twoHalvesWithASignalBetweenEqualOneGo() async throws {
        let once = try TemporaryDirectory()
        let whole = try DaemonProcess(in: once, small)
        try await whole.send(wave(0..<400))
        whole.closeInput()
        #expect(try await whole.outcome().code == 0)
        let twice = try TemporaryDirectory()
        for half in [0..<150, 150..<400] {
            let daemon = try DaemonProcess(in: twice, small + ["--on-eof", "stay"])
            try await daemon.send(wave(half))
            daemon.closeInput()
            try await daemon.logged("Standard input has ended")
            daemon.kill(SIGTERM)
            #expect(try await daemon.outcome().code == 0)
        }
        let expected = try #require(try checkpoint(once))
        #expect(expected.step == 400)
        #expect(try checkpoint(twice) == expected)
    }

    @Test func goesOnFromItsCheckpointAfterKill() async throws {
        let directory = try TemporaryDirectory()
        let socket = directory.file("nobacktrackd/ingest.sock")
        let predict = directory.file("nobacktrackd/predict.sock")
        let first = try DaemonProcess(in: directory, small, readsInput: false)
        try await first.logged("Ready")
        let producer = try UnixClient(socket)
        try await producer.send(wave(0..<120))
        let client = try UnixClient(predict)
        _ = try await client.ask(#"{"op":"flush"}"#)
        #expect(
            try await client.ask(#"{"op":"snapshot"}"#, as: SnapshotMessage.self).written.map(\.step) == [120]
        )
        try await producer.send(wave(120..<130))
        _ = try await client.ask(#"{"op":"flush"}"#)
        first.kill(SIGKILL)
        #expect(try await first.outcome().code == -SIGKILL)
        let second = try DaemonProcess(in: directory, small, readsInput: false)
        try await second.logged("Ready")
        let again = try UnixClient(predict)
        #expect(try await again.ask(#"{"op":"forecast"}"#, as: ForecastMessage.self).step == 130)
        second.kill(SIGTERM)
        #expect(try await second.outcome().code == 0)
    }

    @Test func readerThatGoesAwayEndsItWithACheckpoint() async throws {
        let directory = try TemporaryDirectory()
        let daemon = try DaemonProcess(in: directory, small + ["--print", "ndjson"])
        try await daemon.send(wave(0..<10))
        #expect(try await daemon.line() != nil)
        daemon.closeOutput()
        // Standard input stays open: it is the failed write that ends it.
        try await daemon.send(wave(10..<20))
        let outcome = try await daemon.outcome()
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(try checkpoint(directory)?.step == 20)
    }

    @Test func fasterProducerIsMadeToWait() async throws {
        let directory = try TemporaryDirectory()
        let daemon = try DaemonProcess(in: directory, small + ["--print", "ndjson", "--experts", "none"])
        // The output is read slowly, so that the input is read no faster than that, and nothing piles up between.
        let text = wave(0..<2000, isTimed: false)
        let sender = Task { for _ in 0..<20 { try await daemon.send(text) } }
        #expect(try await daemon.line() != nil)
        let client = try UnixClient(directory.file("nobacktrackd/predict.sock"))
        var lines = 1
        while lines < 40_000, try await daemon.line() != nil {
            lines += 1
            if lines % 1000 == 0 {
                let status = try await client.ask(#"{"op":"status"}"#, as: StatusMessage.self)
                // 256 KiB of lines may wait in the daemon, 64 KiB in the pipe and 64 KiB here.
                #expect(Int(status.samples) - lines < 4000)
                #expect(status.lag < 2000)
            }
        }
        #expect(lines == 40_000)
        try await sender.value
        daemon.closeInput()
        #expect(try await daemon.outcome().code == 0)
    }

    @Test(arguments: [
        (["--bogus"], 64, "--bogus"),
        (["--horizons", "1,x"], 64, "--horizons"),
        (["--level", "2"], 78, "predict.level"),
        (["--config", "/nonexistent.yaml"], 78, "/nonexistent.yaml"),
        (["--state-directory", "/proc/nobacktrackd"], 74, "/proc/nobacktrackd"),
        (["--predict-socket", "/proc/p.sock"], 74, "/proc/p.sock"),
        (["--predict-socket", "/tmp/" + String(repeating: "x", count: 120)], 74, "ENAMETOOLONG"),
        (["--check-config", "--rank", "0"], 78, "learner.rank"),
        (["--alphabet", "aa"], 78, "learner.alphabet: has 'a' twice"),
    ])
    func mistakeHasItsExitCode(_ arguments: [String], _ code: Int32, _ text: String) async throws {
        let daemon = try DaemonProcess(in: TemporaryDirectory(), arguments)
        let outcome = try await daemon.outcome()
        #expect(outcome.code == code)
        #expect(outcome.errors.contains(text), "\(outcome.errors)")
        #expect(outcome.output.isEmpty)
    }

    @Test func floodOfBadLinesDoesNotFloodTheLog() async throws {
        let daemon = try DaemonProcess(in: TemporaryDirectory(), ["--format", "ndjson"] + small)
        try await daemon.send(String(repeating: "x\n", count: 5000) + "[1]\n")
        daemon.closeInput()
        let outcome = try await daemon.outcome()
        #expect(outcome.code == 0)
        let lines = outcome.errors.split(separator: "\n")
        let told = lines.filter { $0.contains("could not be used") }
        #expect((20..<100).contains(told.count))
        let suppressed = lines.compactMap { line in
            line.split(separator: " ").first { $0.hasPrefix("suppressed=") }.flatMap { Int($0.dropFirst(11)) }
        }
        #expect(told.count + suppressed.reduce(0, +) == 5000)
    }

    @Test func stateThatDoesNotFitIsUnusable() async throws {
        let directory = try TemporaryDirectory()
        let first = try DaemonProcess(in: directory, small)
        try await first.send(wave(0..<10))
        first.closeInput()
        #expect(try await first.outcome().code == 0)
        let second = try DaemonProcess(in: directory, ["--hidden-units", "9"])
        #expect(try await second.outcome().code == 65)
    }

    @Test func checkConfigPrintsWhatIsInEffect() async throws {
        let directory = try TemporaryDirectory()
        let daemon = try DaemonProcess(
            in: directory, ["--check-config", "--rank", "3"], environment: ["NOBACKTRACKD_LEARNER_LAGS": "2"])
        let outcome = try await daemon.outcome()
        #expect(outcome.code == 0)
        #expect(outcome.output.contains("  rank: 3 "))
        #expect(outcome.output.contains("  lags: 2 "))
        try DurableFile.replace(directory.file("c.yaml"), contents: Array(outcome.output.utf8))
        let again = try DaemonProcess(
            in: directory, ["--check-config", "--config", directory.file("c.yaml")])
        #expect(try await again.outcome().output == outcome.output)
    }
}
