import Glibc
import NoBackTrackTestSupport
import NoBackTrackWire
import Synchronization
import Testing

/// The program itself, against a scripted daemon.
@Suite(.timeLimit(.minutes(5 * TestConditions.slowness)))
struct CommandTests {
    static func answer(_ request: PredictRequest) -> ScriptedDaemon.Reaction {
        switch request.op {
        case "subscribe":
            return ForecastEventsTests.subscribed(request, ForecastEventsTests.lines(1...3), closing: true)
        case "flush": return .write([PredictClientTests.line(FlushMessage(id: request.id, samples: 42))])
        case "metrics":
            let format = MetricsFormat(rawValue: request.format ?? "") ?? .openMetrics
            return .write([
                PredictClientTests.line(
                    MetricsMessage(id: request.id, format: format, text: "\(format.rawValue) 1\n"))
            ])
        case "learn":
            let message = LearnMessage(
                id: request.id, stream: request.stream ?? "boiler", enabled: request.enabled == true)
            return .write([PredictClientTests.line(message)])
        case "reset" where request.stream == "boiler":
            return .write([
                PredictClientTests.line(ResetMessage(id: request.id, stream: "boiler", step: 1234))
            ])
        case "streams":
            let status = StreamStatus(
                stream: "boiler", step: 7, channels: ["temp", "flow"], targets: ["temp"], horizons: [1, 10],
                skill: [HeadFigure(channel: "temp", horizon: 1, value: 0.25)],
                lastCheckpoint: CheckpointStatus(step: 5, time: 0, path: "/p"))
            return .write([PredictClientTests.line(StreamsMessage(id: request.id, streams: [status]))])
        case "status":
            let status = StreamStatus(
                stream: "boiler", step: 7, channels: ["temp"], targets: ["temp"], horizons: [1])
            return .write([
                PredictClientTests.line(
                    StatusMessage(
                        id: request.id, version: "9.9", uptime: 125, samples: 3, samplesPerSecond: 4, lag: 5,
                        rejected: ["bad_syntax": 6, "bad_time": 0], connections: .init(ingest: 7, predict: 8),
                        subscribers: 9, streams: [status]))
            ])
        case "forecast" where request.stream ?? "boiler" == "boiler":
            var answer = PredictClientTests.forecast
            answer.id = request.id
            return .write([PredictClientTests.line(answer)])
        case "snapshot":
            return .write([
                PredictClientTests.line(ErrorMessage(id: request.id, code: .notPermitted, message: "not you"))
            ])
        default:
            return .write([
                PredictClientTests.line(
                    ErrorMessage(id: request.id, code: .unknownStream, message: "no stream x"))
            ])
        }
    }

    @Test(
        arguments: [
            (
                ["forecast"],
                ["boiler: step 1234", "95 % of values", "temp       +10  20.400  19.900  20.900"]
            ),
            (["forecast", "boiler", "--json"], [#""mean":20.4,"lower":19.9"#]),
            (["status"], ["nobacktrackd 9.9, up 2 min 5 s", "rejected: bad_syntax 6\n", "boiler     7"]),
            (["status", "boiler"], ["boiler: step 7", "channels: temp"]),
            (["status", "--json"], [#""version":"9.9""#]),
            (["streams"], ["boiler     7", "+1,+10", "0.25", "step 5"]),
            (["streams", "--json"], [#""targets":["temp"]"#]),
            (["flush"], ["42 samples learned\n"]),
            (["flush", "--json"], [#"{"ok":true,"op":"flush","samples":42}"#]),
            (["metrics"], ["openmetrics 1\n"]),
            (["metrics", "--format", "prometheus"], ["prometheus 1\n"]),
            (["learn", "off"], ["boiler: learning is off\n"]),
            (["learn", "on", "other"], ["other: learning is on\n"]),
            (["learn", "off", "--json"], [#"{"enabled":false,"ok":true,"op":"learn","stream":"boiler"}"#]),
            (["reset", "boiler"], ["boiler: 1234 samples forgotten\n"]),
            (["reset", "boiler", "--json"], [#"{"ok":true,"op":"reset","step":1234,"stream":"boiler"}"#]),
            (["watch", "--count", "2"], ["temp +1", "[19.00, 21.00]"]),
        ] as [([String], [String])])
    func prints(_ arguments: [String], _ expected: [String]) async throws {
        try await ScriptedDaemon.run(reacting: Self.answer) { daemon in
            let outcome = try await ToolProcess.run(arguments + ["--socket", daemon.path])
            #expect(outcome.status == 0, "\(outcome.complaints)")
            #expect(outcome.complaints == "")
            for text in expected { #expect(outcome.output.contains(text)) }
        }
    }

    /// A daemon with a stream of symbols.
    static func answerOfSymbols(_ request: PredictRequest) -> ScriptedDaemon.Reaction {
        let probabilities = SymbolProbabilities([
            .init(symbol: UInt8(ascii: "a"), probability: 0.7), .init(symbol: 0x0A, probability: 0.2),
        ])
        let status = StreamStatus(
            stream: "letters", kind: .symbols, step: 7, horizons: [1], rejected: 3, alphabetSize: 2,
            bitsPerSymbol: 0.4321)
        switch request.op {
        case "subscribe":
            var events: [UInt8] = []
            for step: UInt64 in 1...3 {
                ForecastMessage(
                    event: "forecast", stream: "letters", step: step, score: 0.5, bits: 1.25,
                    probabilities: probabilities
                ).appendLine(to: &events)
            }
            return ForecastEventsTests.subscribed(
                request, String(decoding: events, as: UTF8.self), closing: true)
        case "streams":
            return .write([PredictClientTests.line(StreamsMessage(id: request.id, streams: [status]))])
        case "status":
            return .write([
                PredictClientTests.line(
                    StatusMessage(
                        id: request.id, version: "9.9", uptime: 125, samples: 3, samplesPerSecond: 4, lag: 5,
                        rejected: ["bad_symbol": 3], connections: .init(ingest: 7, predict: 8),
                        subscribers: 9, streams: [status]))
            ])
        default:
            return .write([
                PredictClientTests.line(
                    ForecastMessage(
                        ok: true, op: "forecast", id: request.id, stream: "letters", step: 7,
                        probabilities: probabilities))
            ])
        }
    }

    @Test(
        arguments: [
            (
                ["forecast"],
                [
                    "letters: step 7, the next symbol\n", "symbol  probability\n",
                    "a            0.7000  ██████████████\n", "\\n           0.2000  ████\n",
                    "(new)        0.1000  ██\n",
                ]
            ),
            (["forecast", "--json"], [#""probabilities":{"a":0.7,"\n":0.2}"#]),
            (["status"], ["rejected: bad_symbol 3\n", "2 symbols", "0.432 bits a symbol"]),
            (
                ["status", "letters"],
                ["letters: step 7", "2 symbols in use, 0.432 bits a symbol\n", "symbols rejected: 3\n"]
            ),
            (["streams"], ["letters     7", "2 symbols", "+1", "0.432 bits a symbol"]),
            (["streams", "--json"], [#""bitsPerSymbol":0.4321"#, #""kind":"symbols""#]),
            (
                ["watch", "--count", "2"],
                ["letters: bits of each symbol", "   1.25  a    0.70  \\n   0.20\n"]
            ),
            (["watch", "--count", "1", "--json"], [#""bits":1.25"#]),
        ] as [([String], [String])])
    func printsSymbols(_ arguments: [String], _ expected: [String]) async throws {
        try await ScriptedDaemon.run(reacting: Self.answerOfSymbols) { daemon in
            let outcome = try await ToolProcess.run(arguments + ["--socket", daemon.path])
            #expect(outcome.status == 0, "\(outcome.complaints)")
            for text in expected { #expect(outcome.output.contains(text), "\(outcome.output)") }
        }
    }

    @Test func socketFromTheEnvironment() async throws {
        try await ScriptedDaemon.run(reacting: Self.answer) { daemon in
            let outcome = try await ToolProcess.run(
                ["flush"], environment: ["NOBACKTRACKD_PREDICT_SOCKET_PATH=\(daemon.path)"])
            #expect(outcome.status == 0, "\(outcome.complaints)")
        }
    }

    @Test(
        arguments: [
            (["snapshot"], 1, "not you (not_permitted)"),
            (["forecast", "x"], 1, "no stream x (unknown_stream)"),
            (["status", "x"], 1, "unknown_stream"),
            (["forecast", "--horizons", "0"], 64, "'0' is not a number of samples ahead"),
            (["watch", "--count", "0"], 64, "--count"),
            (["learn", "maybe"], 64, "setting"),
            (["reset"], 64, "stream"),
            (["reset", "x"], 1, "no stream x (unknown_stream)"),
            (["nonsense"], 64, "Unknown option"),
        ] as [([String], Int32, String)])
    func complains(_ arguments: [String], _ status: Int32, _ expected: String) async throws {
        try await ScriptedDaemon.run(reacting: Self.answer) { daemon in
            let outcome = try await ToolProcess.run(arguments + ["--socket", daemon.path])
            #expect(outcome.status == status)
            #expect(outcome.output == "")
            #expect(outcome.complaints.contains(expected))
        }
    }

    @Test(arguments: ["forecast", "watch", "status", "streams", "snapshot", "flush"])
    func noDaemonIsSaidWithThePath(_ command: String) async throws {
        let outcome = try await ToolProcess.run([command, "--socket", "/nonexistent/predict.sock"])
        #expect(outcome.status == 69)
        #expect(outcome.complaints.contains("/nonexistent/predict.sock (connect: No such file or directory)"))
        #expect(outcome.complaints.contains("start nobacktrackd"))
    }

    @Test func anotherProtocolIsSaid() async throws {
        try await ScriptedDaemon.run { _ in
            .write(["HTTP/1.1 400 Bad Request\n"])
        } _: { daemon in
            let outcome = try await ToolProcess.run(["status", "--socket", daemon.path])
            #expect(outcome.status == 76)
            #expect(outcome.complaints.contains("HTTP/1.1 400"))
        }
    }

    @Test func watchEndsWithTheDaemon() async throws {
        try await ScriptedDaemon.run(reacting: Self.answer) { daemon in
            let outcome = try await ToolProcess.run(["watch", "boiler", "--json", "--socket", daemon.path])
            #expect(outcome.status == 0)
            #expect(outcome.output == ForecastEventsTests.lines(1...3))
            #expect(outcome.complaints.contains("the daemon has ended the stream"))
        }
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func watchEndsBySignal(_ signal: Int32) async throws {
        try await ScriptedDaemon.run {
            ForecastEventsTests.subscribed($0, ForecastEventsTests.lines(1...3), closing: false)
        } _: { daemon in
            let watch = try ToolProcess(["watch", "--socket", daemon.path])
            // It has subscribed, and so traps the signals already.
            _ = await daemon.received.first { _ in true }
            kill(watch.identifier, signal)
            let outcome = try await watch.outcome()
            #expect(outcome.status == 0, "\(outcome.complaints)")
            #expect(outcome.complaints == "")
        }
    }

    @Test func waitingOutlastsAStreamThatIsNotThereYet() async throws {
        let asked = Atomic(0)
        try await ScriptedDaemon.run { request in
            asked.wrappingAdd(1, ordering: .relaxed).newValue < 3
                ? .write([
                    PredictClientTests.line(ErrorMessage(id: request.id, code: .unknownStream, message: "no"))
                ])
                : Self.answer(request)
        } _: { daemon in
            let outcome = try await ToolProcess.run(["forecast", "--wait", "30", "--socket", daemon.path])
            #expect(outcome.status == 0, "\(outcome.complaints)")
            #expect(asked.load(ordering: .relaxed) == 3)
        }
    }

    @Test func hostPrintsSamples() async throws {
        let outcome = try await ToolProcess.run([
            "host", "--interval", "0.05", "--count", "3", "--stream", "here",
        ])
        #expect(outcome.status == 0, "\(outcome.complaints)")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 3)
        for line in lines {
            #expect(line.hasPrefix(#"{"stream":"here","time":1"#))
            #expect(line.contains(#","memory_percent":"#) && !line.contains(#""memory_percent":null"#))
        }
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func hostEndsBySignal(_ signal: Int32) async throws {
        // Wakes nobody before the signal does.
        let host = try ToolProcess(["host", "--interval", "86400"])
        try await host.untilItCatches(signal)
        kill(host.identifier, signal)
        let outcome = try await host.outcome()
        #expect(outcome.status == 0)
        #expect(outcome.complaints == "")
    }

    @Test func hostEndsQuietlyWithItsReader() async throws {
        let outcome = try await ToolProcess.run(["host", "--interval", "0.01"], unread: true)
        #expect(outcome.status == 0)
        #expect(outcome.complaints == "")
    }
}
