import NIOCore
import NoBackTrackClient
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

@Suite(.timeLimit(.minutes(5 * TestConditions.slowness)))
struct PredictClientTests {
    static let forecast = ForecastMessage.answer(
        id: nil, stream: "boiler", step: 1234, time: 1_763_935_200.5, warming: nil,
        forecasts: [
            HeadForecast(channel: "temp", horizon: 10, mean: 20.4, lower: 19.9, upper: 20.9, level: 0.95)
        ])

    /// A message's line.
    static func line(_ message: some ControlMessage) -> String {
        var bytes: [UInt8] = []
        try? message.appendLine(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func forecastIsAskedAsTheContractSaysAndAnswered() async throws {
        try await ScriptedDaemon.run { request in
            var answer = Self.forecast
            answer.id = request.id
            return .write([Self.line(answer)])
        } _: { daemon in
            let client = try await PredictClient.connect(to: daemon.path)
            let answer = try await client.forecast(
                stream: "boiler", horizons: [10], channels: ["temp"], level: 0.95)
            #expect(answer == Self.forecast)
            await client.close()
            let line = try #require(await daemon.received.first { _ in true })
            #expect(
                try PredictRequest(line: line.utf8)
                    == PredictRequest(
                        op: "forecast", id: .number(1), stream: "boiler", horizons: [10], channels: ["temp"],
                        level: 0.95))
        }
    }

    @Test func everyQuestionHasItsAnswer() async throws {
        let status = StreamStatus(
            stream: "boiler", step: 7, channels: ["temp"], targets: ["temp"], horizons: [1, 10])
        try await ScriptedDaemon.run { request in
            switch request.op {
            case "status":
                .write([
                    Self.line(
                        StatusMessage(
                            id: request.id, version: "1", uptime: 2, samples: 3, samplesPerSecond: 4, lag: 5,
                            rejected: ["bad_syntax": 6], connections: .init(ingest: 7, predict: 8),
                            subscribers: 9, streams: [status]))
                ])
            case "streams": .write([Self.line(StreamsMessage(id: request.id, streams: [status]))])
            case "flush": .write([Self.line(FlushMessage(id: request.id, samples: 42))])
            case "metrics":
                .write([
                    Self.line(
                        MetricsMessage(
                            id: request.id,
                            format: request.format == "prometheus" ? .prometheus : .openMetrics,
                            text: "a 1\n"))
                ])
            case "snapshot":
                .write([
                    Self.line(
                        SnapshotMessage(
                            id: request.id,
                            written: [
                                .init(stream: request.stream ?? "all", step: 7, path: "/s/7.safetensors")
                            ]))
                ])
            default: .wait
            }
        } _: { daemon in
            let client = try await PredictClient.connect(to: daemon.path)
            #expect(try await client.status().rejected == ["bad_syntax": 6])
            #expect(try await client.streams().streams == [status])
            #expect(try await client.flush().samples == 42)
            #expect(try await client.metrics() == MetricsMessage(format: .openMetrics, text: "a 1\n"))
            #expect(
                try await client.metrics(format: .prometheus).contentType
                    == "text/plain; version=0.0.4; charset=utf-8")
            #expect(try await client.snapshot().written.map(\.stream) == ["all"])
            #expect(try await client.snapshot(stream: "boiler").written.map(\.stream) == ["boiler"])
            #expect(try await client.flush().id == nil, "the identifier is the connection's own affair")
            await client.close()
        }
    }

    @Test func refusalCarriesTheCode() async throws {
        try await ScriptedDaemon.run { request in
            .write([Self.line(ErrorMessage(id: request.id, code: .unknownStream, message: "no stream x"))])
        } _: { daemon in
            let client = try await PredictClient.connect(to: daemon.path)
            await #expect(throws: PredictClientError.refused(code: "unknown_stream", message: "no stream x"))
            {
                try await client.forecast(stream: "x")
            }
            // The connection goes on.
            await #expect(throws: PredictClientError.refused(code: "unknown_stream", message: "no stream x"))
            {
                try await client.subscribe(stream: "x")
            }
            await client.close()
        }
    }

    @Test func nobodyListeningNamesEveryPath() async throws {
        try await withTemporaryDirectory { directory in
            let error = await #expect(throws: PredictClientError.self) {
                try await PredictClient.connect(toFirstOf: ["\(directory)/a", "\(directory)/b"])
            }
            let text = "\(try #require(error))"
            #expect(text.contains("\(directory)/a (connect: No such file or directory)"))
            #expect(text.contains("\(directory)/b (connect: No such file or directory)"))
        }
    }

    @Test func firstListeningPathIsTaken() async throws {
        try await ScriptedDaemon.run {
            .write([Self.line(FlushMessage(id: $0.id, samples: 1))])
        } _: { daemon in
            let client = try await PredictClient.connect(toFirstOf: [
                "/nonexistent/predict.sock", daemon.path,
            ])
            #expect(try await client.flush().samples == 1)
            await client.close()
        }
    }

    @Test func answersFindTheirAskersInAnyOrder() async throws {
        // The first request is answered only behind the second.
        try await ScriptedDaemon.run { request in
            guard request.op == "streams" else { return .wait }
            return .write([
                Self.line(StreamsMessage(id: request.id, streams: [])),
                Self.line(FlushMessage(id: .number(1), samples: 5)),
            ])
        } _: { daemon in
            let client = try await PredictClient.connect(to: daemon.path)
            async let flush = client.flush()
            // The flush is on its way before the next question is asked.
            _ = await daemon.received.first { _ in true }
            #expect(try await client.streams().streams.isEmpty)
            #expect(try await flush.samples == 5)
            await client.close()
        }
    }

    @Test func answerInSmallPieces() async throws {
        try await ScriptedDaemon.run { request in
            .write(Self.line(FlushMessage(id: request.id, samples: 7)).map(String.init))
        } _: { daemon in
            let client = try await PredictClient.connect(to: daemon.path)
            #expect(try await client.flush().samples == 7)
            #expect(try await client.flush().samples == 7)
            await client.close()
        }
    }

    @Test(arguments: [[], ["{\"ok\":true,\"op\":\"flush\""]])
    func daemonThatStopsLeavesNobodyWaiting(_ texts: [String]) async throws {
        try await ScriptedDaemon.run { _ in
            .writeAndClose(texts)
        } _: { daemon in
            let client = try await PredictClient.connect(to: daemon.path)
            await #expect(throws: PredictClientError.closed) { try await client.flush() }
            // And nobody begins to wait on a connection that has ended.
            await #expect(throws: PredictClientError.closed) { try await client.flush() }
        }
    }

    @Test(arguments: [
        "garbage\n", "{\"ok\":true,\"id\":99}\n", "{\"ok\":true,\"id\":1}\n", "[]\n", "\n",
        "{\"event\":\"forecast\"}\n",
    ])
    func otherProtocolsAreNotUnderstood(_ text: String) async throws {
        try await ScriptedDaemon.run { _ in
            .write([text])
        } _: { daemon in
            let client = try await PredictClient.connect(to: daemon.path)
            let error = await #expect(throws: PredictClientError.self) { try await client.flush() }
            guard case .notUnderstood = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            await client.close()
        }
    }

    @Test func cancelledRequestEnds() async throws {
        try await ScriptedDaemon.run { _ in
            .wait
        } _: { daemon in
            let client = try await PredictClient.connect(to: daemon.path)
            let asking = Task { try await client.flush() }
            _ = await daemon.received.first { _ in true }
            asking.cancel()
            await #expect(throws: PredictClientError.closed) { try await asking.value }
        }
    }
}
