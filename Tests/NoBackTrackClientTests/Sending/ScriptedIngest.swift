import NIOCore
import NIOPosix
import NoBackTrackWire
import Synchronization

/// A real Unix-socket server that takes samples as a daemon does, and breaks off where a test says.
///
/// It acknowledges every sample by itself, learns none twice, and keeps what it was sent on each connection.
final class ScriptedIngest: Sendable {
    /// What it does with its connections, the first one being 0.
    struct Script: Sendable {
        /// Whether a connection is told of acknowledgements.
        var acknowledges: @Sendable (_ connection: Int) -> Bool = { _ in true }
        /// After how many lines a connection is broken, before they are learned; nil: never.
        var breaksAfter: @Sendable (_ connection: Int) -> Int? = { _ in nil }
        /// Why the sample of a number is refused; nil: it is learned.
        var refuses: @Sendable (_ number: UInt64) -> RejectionCode? = { _ in nil }
        /// Whether a sample is acknowledged when it is learned, not at the end alone.
        var acknowledgesAtOnce = true
        /// Whether samples are never acknowledged.
        var isStuck = false
    }

    struct State {
        /// Every line, by connection.
        var lines: [[String]] = []
        /// The samples learned, in order.
        var learned: [UInt64] = []
        /// Who is waiting for so many lines in all.
        var waiters: [(count: Int, promise: EventLoopPromise<Void>)] = []
        var lineCount: Int { lines.reduce(0) { $0 + $1.count } }
    }

    let path: String
    let script: Script
    let state = Mutex(State())

    private init(path: String, script: Script) {
        self.path = path
        self.script = script
    }

    /// The lines of each connection.
    var lines: [[String]] { state.withLock(\.lines) }
    /// The numbers of the samples learned, in order.
    var learned: [UInt64] { state.withLock(\.learned) }

    /// Waits until so many lines have come, over all connections.
    func untilLines(_ count: Int) async throws {
        let promise = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Void.self)
        let isThere = state.withLock { state in
            if state.lineCount >= count { return true }
            state.waiters.append((count, promise))
            return false
        }
        if isThere { promise.succeed() }
        try await promise.futureResult.get()
    }

    /// Runs a server as long as `body` runs.
    static func run<Result>(
        _ script: Script = Script(), _ body: (ScriptedIngest) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { directory in
            let ingest = ScriptedIngest(path: "\(directory)/ingest.sock", script: script)
            let server = try await ingest.listen()
            do {
                let result = try await body(ingest)
                try await server.close()
                return result
            } catch {
                try await server.close()
                throw error
            }
        }
    }

    /// Gives `body` a server that does not listen yet.
    static func prepare<Result>(_ body: (ScriptedIngest) async throws -> Result) async throws -> Result {
        try await withTemporaryDirectory { directory in
            try await body(ScriptedIngest(path: "\(directory)/ingest.sock", script: Script()))
        }
    }

    /// Listens until the channel is closed.
    func listen() async throws -> any Channel {
        try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Connection(self))
                }
            }
            .bind(unixDomainSocketPath: path).get()
    }

    /// Learns a line if it is to be learned.
    ///
    /// - Returns: Why not.
    private func learn(_ line: [UInt8]) -> RejectionCode? {
        var parser = SampleParser(format: .ndjson)
        var batch = SampleBatch()
        parser.consume((line + [10]).span, into: &batch)
        guard let number = batch.records.first?.sequence else {
            return batch.rejections.first?.code ?? .badSyntax
        }
        if let code = script.refuses(number) { return code }
        state.withLock { if number > $0.learned.last ?? 0 { $0.learned.append(number) } }
        return nil
    }

    private final class Connection: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let ingest: ScriptedIngest
        private var place = 0
        private var splitter = LineSplitter()
        private var (acknowledged, refused): (UInt64, UInt64) = (0, 0)
        private var isBroken = false

        init(_ ingest: ScriptedIngest) { self.ingest = ingest }

        func channelActive(context: ChannelHandlerContext) {
            place = ingest.state.withLock { state in
                state.lines.append([])
                return state.lines.count - 1
            }
            acknowledge(context)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            for case .bytes(let line) in splitter.consume(buffer.readableBytesUInt8Span) where !isBroken {
                take(line, context)
            }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            guard case ChannelEvent.inputClosed = event else {
                return context.fireUserInboundEventTriggered(event)
            }
            if ingest.script.isStuck { return }
            acknowledge(context)
            let channel = context.channel
            channel.writeAndFlush(ByteBuffer()).whenComplete { _ in channel.close(promise: nil) }
        }

        private func take(_ line: [UInt8], _ context: ChannelHandlerContext) {
            let count = ingest.state.withLock { state in
                state.lines[place].append(String(decoding: line, as: UTF8.self))
                return state.lines[place].count
            }
            defer {
                let ready = ingest.state.withLock { state in
                    let count = state.lineCount
                    let ready = state.waiters.filter { $0.count <= count }
                    state.waiters.removeAll { $0.count <= count }
                    return ready
                }
                for waiter in ready { waiter.promise.succeed() }
            }
            if let last = ingest.script.breaksAfter(place), count >= last {
                isBroken = true
                // What was acknowledged arrives; closing would throw it away.
                let channel = context.channel
                channel.writeAndFlush(ByteBuffer()).whenComplete { _ in channel.close(promise: nil) }
                return
            }
            if let code = ingest.learn(line) {
                refused += 1
                var bytes: [UInt8] = []
                Rejection(line: UInt64(count), code: code, message: "no").appendErrorLine(to: &bytes)
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
            } else {
                acknowledged += 1
            }
            if ingest.script.acknowledgesAtOnce && !ingest.script.isStuck { acknowledge(context) }
        }

        private func acknowledge(_ context: ChannelHandlerContext) {
            guard ingest.script.acknowledges(place) else { return }
            var bytes: [UInt8] = []
            AcknowledgementMessage(ack: acknowledged, refused: refused).appendLine(to: &bytes)
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        }
    }
}
