import Glibc
import NIOCore
import NIOPosix
package import NoBackTrackWire

/// One connection to a daemon's predict socket.
///
/// Requests may be made from several tasks at once; each gets its own answer. Cancelling a task that waits
/// closes the connection, for an answer that nobody takes would stand in the way of the next.
package struct PredictClient: Sendable {
    private let channel: any Channel
    private let handler: NIOLoopBound<PredictClientHandler>

    /// Connects to the first of `paths` on which a daemon listens.
    ///
    /// - Throws: ``PredictClientError/unreachable(_:)`` with what was met at each path.
    package static func connect(toFirstOf paths: [String]) async throws(PredictClientError) -> PredictClient {
        var attempts: [PredictClientError.Attempt] = []
        for path in paths {
            do {
                return try await open(path)
            } catch {
                attempts.append(.init(path: path, reason: Self.reason(of: error)))
            }
        }
        throw .unreachable(attempts)
    }

    /// Connects to the daemon that listens on `path`.
    ///
    /// - Throws: ``PredictClientError/unreachable(_:)`` when there is none.
    package static func connect(to path: String) async throws(PredictClientError) -> PredictClient {
        try await connect(toFirstOf: [path])
    }

    private static func reason(of error: any Error) -> String {
        guard let code = (error as? IOError)?.errnoCode else { return "\(error)" }
        let said = "connect: \(String(cString: strerror(code)))"
        return code == EACCES ? said + "; only members of the socket's group may" : said
    }

    private static func open(_ path: String) async throws -> PredictClient {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(unixDomainSocketPath: path) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = PredictClientHandler()
                    try channel.pipeline.syncOperations.addHandler(handler)
                    return PredictClient(
                        channel: channel, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop))
                }
            }
    }

    /// Closes the connection; whoever waits on it gets ``PredictClientError/closed``.
    package func close() async {
        // The only error there can be is that it was closed already.
        try? await channel.close()
    }

    /// Asks for forecasts; nil means: the only stream, all targets, all horizons, the daemon's level.
    ///
    /// - Throws: ``PredictClientError``.
    package func forecast(
        stream: String? = nil, horizons: [Int]? = nil, channels: [String]? = nil, level: Double? = nil
    ) async throws(PredictClientError) -> ForecastMessage {
        try await perform(
            PredictRequest(
                op: "forecast", stream: stream, horizons: horizons, channels: channels, level: level),
            clearing: \.id)
    }

    /// Asks how the daemon and its streams are.
    ///
    /// - Throws: ``PredictClientError``.
    package func status() async throws(PredictClientError) -> StatusMessage {
        try await perform(PredictRequest(op: "status"), clearing: \.id)
    }

    /// Asks which streams there are.
    ///
    /// - Throws: ``PredictClientError``.
    package func streams() async throws(PredictClientError) -> StreamsMessage {
        try await perform(PredictRequest(op: "streams"), clearing: \.id)
    }

    /// Asks for the daemon's figures as text.
    ///
    /// - Throws: ``PredictClientError``.
    package func metrics(
        format: MetricsFormat = .openMetrics
    ) async throws(PredictClientError) -> MetricsMessage {
        try await perform(PredictRequest(op: "metrics", format: format.rawValue), clearing: \.id)
    }

    /// Waits until every sample that the daemon received before is learned.
    ///
    /// - Throws: ``PredictClientError``.
    package func flush() async throws(PredictClientError) -> FlushMessage {
        try await perform(PredictRequest(op: "flush"), clearing: \.id)
    }

    /// Has checkpoints written now, and waits until they are on disk; nil means every stream.
    ///
    /// - Throws: ``PredictClientError``.
    package func snapshot(stream: String? = nil) async throws(PredictClientError) -> SnapshotMessage {
        try await perform(PredictRequest(op: "snapshot", stream: stream), clearing: \.id)
    }

    /// Has a stream's parameters stand still, or move again; nil means the only stream.
    ///
    /// - Throws: ``PredictClientError``.
    package func learn(stream: String? = nil, enabled: Bool) async throws(PredictClientError) -> LearnMessage
    {
        try await perform(
            PredictRequest(op: "learn", stream: stream, enabled: enabled), clearing: \.id)
    }

    /// Has a stream forgotten with all that was learned of it.
    ///
    /// - Throws: ``PredictClientError``.
    package func reset(stream: String) async throws(PredictClientError) -> ResetMessage {
        try await perform(PredictRequest(op: "reset", stream: stream), clearing: \.id)
    }

    /// Subscribes to a stream's forecasts, one event a sample; nil means the only stream. Once a connection.
    ///
    /// - Throws: ``PredictClientError``.
    package func subscribe(stream: String? = nil) async throws(PredictClientError) -> ForecastEvents {
        let eventLoop = channel.eventLoop
        let handler = handler
        let events: ForecastEvents
        do {
            // Before the request is written: the first event may follow the answer at once.
            events = try await eventLoop.submit { handler.value.makeEvents(eventLoop: eventLoop) }.get()
        } catch {
            throw .closed
        }
        let request = PredictRequest(op: "subscribe", stream: stream)
        let _: SubscribeMessage = try await perform(request, clearing: \.id)
        return events
    }

    /// Makes a request and takes its answer.
    ///
    /// - Parameters:
    ///   - request: What is asked; its `id` is set here.
    ///   - identifier: Where the answer has the `id`. It is this connection's own affair, and is removed.
    private func perform<Answer: ControlMessage>(
        _ request: PredictRequest, clearing identifier: WritableKeyPath<Answer, RequestIdentifier?>
    ) async throws(PredictClientError) -> Answer {
        let line = try await answer(to: request)
        do {
            var answer = try Answer(line: line)
            answer[keyPath: identifier] = nil
            return answer
        } catch {
            throw .notUnderstood(line: String(decoding: line, as: UTF8.self), reason: "\(error)")
        }
    }

    private func answer(to request: PredictRequest) async throws(PredictClientError) -> [UInt8] {
        let channel = channel
        let handler = handler
        let waiter = channel.eventLoop.makePromise(of: [UInt8].self)
        channel.eventLoop.execute {
            handler.value.ask(waiter) { identifier in
                var request = request
                request.id = identifier
                var line: [UInt8] = []
                try request.appendLine(to: &line)
                return line
            }
        }
        do {
            return try await withTaskCancellationHandler {
                try await waiter.futureResult.get()
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch {
            throw error as? PredictClientError ?? .closed
        }
    }
}
