import NIOCore
import NoBackTrackWire

/// The channel's end of ``PredictClient``: bytes to lines, lines to whoever waits for them.
///
/// Lives on its event loop alone. While a subscriber is behind by ``mostEvents`` it stops reading, so that the
/// kernel's buffer, and then the daemon, feel it; answers queue behind the events meanwhile.
final class PredictClientHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// A longer line than any answer; the other side is no daemon.
    static let longestLine = 64 << 20
    /// Events held for the subscriber before reading stops, and at which it goes on.
    static let mostEvents = 256
    static let fewEvents = 64

    typealias Waiter = EventLoopPromise<[UInt8]>
    private var machine = PredictClientStateMachine<Waiter>()
    private var splitter = LineSplitter(maxLineBytes: PredictClientHandler.longestLine)
    private var context: ChannelHandlerContext?
    private var events: ForecastEvents.Producer.Source?
    private var mayRead = true
    private var isReadWanted = false
    /// Why the connection is being closed, when it is by us.
    private var failure: PredictClientError?

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    /// Writes the request that `line` makes for an identifier; `waiter` gets the answer.
    func ask(_ waiter: Waiter, _ line: (RequestIdentifier) throws -> [UInt8]) {
        guard let context, let identifier = machine.ask(waiter) else {
            return waiter.fail(PredictClientError.closed)
        }
        do {
            let bytes = try line(identifier)
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        } catch {
            close(because: .notUnderstood(line: "", reason: "the request cannot be written: \(error)"))
        }
    }

    /// Makes the sequence that further events go to.
    func makeEvents(eventLoop: any EventLoop) -> ForecastEvents {
        precondition(events == nil, "a connection has one subscriber")
        let made = ForecastEvents.Producer.makeSequence(
            backPressureStrategy: .init(lowWatermark: Self.fewEvents, highWatermark: Self.mostEvents),
            finishOnDeinit: true,
            delegate: ReadingDemand(eventLoop: eventLoop, handler: NIOLoopBound(self, eventLoop: eventLoop))
        )
        events = made.source
        return ForecastEvents(producer: made.sequence)
    }

    /// The subscriber has caught up.
    func resumeReading() {
        mayRead = true
        if isReadWanted {
            isReadWanted = false
            context?.read()
        }
    }

    /// The subscriber will not take another event: they are thrown away from here on.
    func subscriberLeft() {
        events = nil
        resumeReading()
    }

    func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { isReadWanted = true }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        for line in splitter.consume(buffer.readableBytesUInt8Span) {
            switch line {
            case .bytes(let line): take(line)
            case .tooLong: close(because: .notUnderstood(line: "", reason: "the line has no end"))
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        for waiter in machine.close() { waiter.fail(failure ?? .closed) }
        if let failure { events?.finish(failure) } else { events?.finish() }
        events = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Reset by the daemon's end: what waits learns of it in channelInactive.
        context.close(promise: nil)
    }

    private func take(_ line: [UInt8]) {
        switch machine.receive(line) {
        case .answer(let waiter, let line): waiter.succeed(line)
        case .refuse(let waiter, let error): waiter.fail(error)
        case .event(let message):
            if let events, case .stopProducing = events.yield(message) { mayRead = false }
        case .nothing: break
        case .fail(let error): close(because: error)
        }
    }

    private func close(because error: PredictClientError) {
        if failure == nil { failure = error }
        context?.close(promise: nil)
    }
}
