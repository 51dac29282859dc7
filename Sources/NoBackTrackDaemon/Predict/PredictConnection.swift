import NIOCore
import NIOPosix
import NoBackTrackSystem
import NoBackTrackWire

/// One connection on the predict socket: requests are answered one after the other, events come in between.
struct PredictConnection: Sendable {
    /// Longest request, in bytes.
    static let maxRequestBytes = 65_536
    /// How long at most it is not seen that the daemon stops, in nanoseconds.
    private static let longestNap: UInt64 = 50_000_000

    let descriptor: Int32
    /// The place it takes among the open connections.
    let place: ConnectionPlace
    let group: MultiThreadedEventLoopGroup
    let learning: LearningLoop
    let publisher: EventPublisher
    let sources: IngestSources
    let openConnections: @Sendable () -> StatusMessage.Connections
    /// Who may change things now.
    let rights: @Sendable () -> ControlRights?
    let mailbox: EventMailbox
    let maxRequestsPerSecond: Int
    let end: PredictConnectionEnd
    /// Whether an earlier daemon has let it subscribe.
    let hasSubscribed: Bool

    /// Serves until the client has closed its side and has got its last answer, or the channel is closed.
    ///
    /// - Returns: the connection when it goes on in the next daemon; its descriptor is the caller's.
    func run() async -> OpenConnection? {
        let peer = try? PeerCredentials(ofSocket: descriptor)
        let adopted = try? await SocketChannels.adopt(descriptor, group: group) { [end] channel in
            try channel.pipeline.syncOperations.addHandler(end.gate)
        }
        guard let channel = adopted else {
            await learning.unsubscribe(mailbox)
            return nil
        }
        place.whenGivenUp { [mailbox] in
            mailbox.close()
            channel.channel.close(promise: nil)
        }
        await withTaskCancellationHandler {
            try? await channel.executeThenClose { inbound, _ in
                await withDiscardingTaskGroup { group in
                    group.addTask { await deliver(on: channel.channel) }
                    defer { end.gate.progress.finish() }
                    let hasSubscribed = await serve(inbound, on: channel.channel, peer: peer)
                    // A client that only listens may have closed its side: it gets events until it goes.
                    if hasSubscribed { try? await channel.channel.closeFuture.get() }
                    mailbox.close()
                }
            }
        } onCancel: {
            mailbox.close()
            channel.channel.close(promise: nil)
        }
        let (streams, waits) = await learning.unsubscribe(mailbox)
        return end.kept(streams: streams, waits: waits)
    }

    /// Writes what is in the mailbox until it is closed and empty, or the client does not take it any more.
    private func deliver(on channel: any Channel) async {
        while let bytes = await mailbox.next() {
            // Waits for the kernel to have it all, which is how far the client has read but for one buffer.
            guard (try? await channel.writeAndFlush(ByteBuffer(bytes: bytes))) != nil else { break }
            place.wasUsed()
        }
        mailbox.close()
        place.willEnd()
        // Done when everything before it has left for the kernel: closing throws away the rest.
        if (try? await channel.writeAndFlush(ByteBuffer())) != nil {
            try? await channel.eventLoop.submit { [end, descriptor] in
                end.told(on: descriptor, isActive: channel.isActive)
            }.get()
        }
        channel.close(promise: nil)
    }

    /// What was read.
    private struct Reading {
        var splitter = LineSplitter(maxLineBytes: PredictConnection.maxRequestBytes)
        var rate: RequestRate
        var hasSubscribed: Bool
        /// What is the next daemon's; nil: all was begun here.
        var left: [UInt8]?
        /// Whether a line that is too long has begun, which no other daemon can know of.
        var isTorn = false

        /// Begins nothing more: this is left, behind what of a request came before.
        mutating func leave(_ bytes: some Sequence<UInt8>) {
            if left == nil {
                isTorn = splitter.continuation == nil
                left = splitter.continuation ?? []
            }
            left?.append(contentsOf: bytes)
        }
    }

    /// - Returns: whether the client has subscribed to something.
    private func serve(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, on channel: any Channel, peer: PeerCredentials?
    ) async -> Bool {
        var reading = Reading(
            rate: RequestRate(perSecond: maxRequestsPerSecond, at: Clocks.monotonicNanoseconds()),
            hasSubscribed: hasSubscribed)
        do {
            for try await buffer in inbound {
                guard try await take(buffer, &reading, on: channel, peer: peer) else { return false }
                end.gate.progress.didProcess(buffer.readableBytes)
            }
        } catch {
            // The connection broke off.
            return false
        }
        if end.gate.end == .wentThrough {
            if reading.left == nil, let line = reading.splitter.finish(), !line.isBlank {
                await answer(line, peer: peer, hasSubscribed: &reading.hasSubscribed)
            }
            end.gate.progress.didProcess(1)
        }
        reading.leave([])
        end.read(pending: reading.isTorn ? nil : reading.left)
        return reading.hasSubscribed
    }

    /// Answers the requests that the next bytes complete, until no more are to be begun.
    ///
    /// - Returns: false when the client has gone.
    private func take(
        _ buffer: ByteBuffer, _ reading: inout Reading, on channel: any Channel, peer: PeerCredentials?
    ) async throws -> Bool {
        var rest = buffer
        while rest.readableBytes > 0 {
            guard !end.gate.isClosed else {
                reading.leave(rest.readableBytesView)
                return true
            }
            let view = rest.readableBytesView
            let length =
                view.firstIndex(of: UInt8(ascii: "\n")).map { $0 - view.startIndex + 1 } ?? view.count
            guard let piece = rest.readSlice(length: length) else { break }
            for line in reading.splitter.consume(piece.readableBytesUInt8Span) where !line.isBlank {
                let now = Clocks.monotonicNanoseconds()
                let start = now + reading.rate.take(at: now)
                // Nothing is read meanwhile, so that soon the client cannot write either.
                while case let now = Clocks.monotonicNanoseconds(), now < start {
                    if end.gate.isClosed, case .bytes(let bytes) = line {
                        reading.leave(bytes + [UInt8(ascii: "\n")])
                        reading.leave(rest.readableBytesView)
                        return true
                    }
                    try await Task.sleep(for: .nanoseconds(min(start - now, Self.longestNap)))
                    // Who has gone wants no answers to what else it had asked.
                    guard channel.isActive else { return false }
                }
                await answer(line, peer: peer, hasSubscribed: &reading.hasSubscribed)
            }
        }
        return true
    }

    private func answer(_ line: LineSplitter.Line, peer: PeerCredentials?, hasSubscribed: inout Bool) async {
        var identifier: RequestIdentifier?
        place.beginWork()
        do throws(QueryRefusal) {
            let request = try Self.request(line, identifier: &identifier)
            hasSubscribed = try await perform(request, peer: peer) || hasSubscribed
        } catch {
            mailbox.put(message: ErrorMessage(id: identifier, code: error.code, message: error.message))
        }
        place.endWork(isUse: true)
        // One answer waits at most: who does not read is not asked for more.
        await mailbox.answersTaken()
    }

    /// - Returns: whether it was a subscription.
    private func perform(_ request: PredictRequest, peer: PeerCredentials?) async throws(QueryRefusal) -> Bool
    {
        switch request.op {
        case "forecast":
            var line: [UInt8] = []
            try await learning.forecast(request).appendLine(to: &line)
            mailbox.put(answer: line)
        case "subscribe":
            try await learning.subscribe(request, mailbox)
            return true
        case "status":
            mailbox.put(message: await learning.status(request, connections: openConnections()))
        case "streams":
            mailbox.put(message: StreamsMessage(id: request.id, streams: await learning.streamStatuses()))
        case "metrics":
            mailbox.put(
                message: try await learning.metrics(
                    request, connections: openConnections(), events: publisher.meter))
        case "flush":
            guard await sources.flush() else {
                throw QueryRefusal(
                    .shuttingDown, "the daemon stops: what has just arrived may not be learned")
            }
            // Their events come before the answer.
            await publisher.flush()
            mailbox.put(message: FlushMessage(id: request.id, samples: learning.samples))
        case "snapshot":
            try permit(peer, request.op)
            mailbox.put(message: try await learning.snapshot(request))
        case "reset":
            try permit(peer, request.op)
            mailbox.put(message: try await learning.reset(request))
        case "learn":
            try permit(peer, request.op)
            mailbox.put(message: try await learning.setLearning(request))
        default:
            throw QueryRefusal(
                .unknownOperation,
                "no operation '\(request.op)'; there are forecast, subscribe, status, streams, metrics, flush, snapshot, learn, reset"
            )
        }
        return false
    }

    private func permit(_ peer: PeerCredentials?, _ operation: String) throws(QueryRefusal) {
        guard let peer, let rights = rights(), rights.allow(peer) else {
            let user = peer.map { "user \($0.uid)" } ?? "an unknown peer"
            throw QueryRefusal(
                .notPermitted,
                "\(user) may not '\(operation)': only root, the daemon's own user and predict.controlGroup")
        }
    }

    private static func request(
        _ line: LineSplitter.Line, identifier: inout RequestIdentifier?
    ) throws(QueryRefusal) -> PredictRequest {
        guard case .bytes(let bytes) = line else {
            throw QueryRefusal(.lineTooLong, "the request is longer than \(maxRequestBytes) bytes")
        }
        identifier = try? IdentifiedRequest(line: bytes).id
        do { return try PredictRequest(line: bytes) } catch {
            throw QueryRefusal(
                .badRequest, "not a request: one JSON object a line, such as {\"op\":\"forecast\"}")
        }
    }

    /// What can be read of a request that is otherwise wrong.
    private struct IdentifiedRequest: ControlMessage {
        var id: RequestIdentifier?
    }
}

extension LineSplitter.Line {
    /// Whether nothing is asked.
    fileprivate var isBlank: Bool {
        guard case .bytes(let bytes) = self else { return false }
        return bytes.allSatisfy {
            $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\t")
        }
    }
}
