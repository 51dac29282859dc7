import NIOCore
import Synchronization

/// Where a connection's bytes come in, on its event loop: those that an earlier daemon has read, then those of the kernel.
///
/// It counts what it lets through. Closed, it asks the kernel for nothing more: what comes all the same, and what had not
/// gone through before, is for whoever goes on with the connection.
final class InboundGate: ChannelDuplexHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// That nothing more comes, as the other side has said.
    enum End: Sendable {
        case toCome
        /// It went through, behind all that came, and counts as a byte: something may be left to do at the end.
        case wentThrough
        /// It waits, as what came before it may.
        case waits
        /// The connection broke off in its place.
        case neverComes
    }

    private struct State {
        /// What was read and has not gone through.
        var waiting: ByteBuffer
        var isClosed = false
        var end = End.toCome

        /// Takes what goes through at a time; nil: there is nothing, or the gate is closed.
        mutating func next() -> ByteBuffer? {
            guard !isClosed, waiting.readableBytes > 0 else { return nil }
            let next = waiting.readSlice(length: min(waiting.readableBytes, SocketChannels.chunkBytes))
            waiting.discardReadBytes()
            return next
        }
    }

    let progress = InboundProgress()
    private let state: Mutex<State>

    /// An open gate.
    ///
    /// - Parameter unread: what an earlier daemon has read of the connection and not dealt with.
    init(unread: [UInt8]) { state = Mutex(State(waiting: ByteBuffer(bytes: unread))) }

    func read(context: ChannelHandlerContext) {
        if let next = takeNext() {
            context.fireChannelRead(Self.wrapInboundOut(next))
            context.fireChannelReadComplete()
            // As the kernel's bytes do: more is asked for, unless whoever takes it has enough for now.
            context.channel.read()
        } else if !isClosed {
            context.read()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = Self.unwrapInboundIn(data)
        let goesThrough = state.withLock { state in
            // One behind the other, whichever way they came.
            let goesThrough = !state.isClosed && state.waiting.readableBytes == 0
            if goesThrough {
                progress.didReceive(buffer.readableBytes)
            } else {
                state.waiting.writeImmutableBuffer(buffer)
            }
            return goesThrough
        }
        if goesThrough { context.fireChannelRead(data) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed {
            letAllThrough(context)
            let goesThrough = state.withLock { state in
                state.end = state.isClosed ? .waits : .wentThrough
                if !state.isClosed { progress.didReceive(1) }
                return !state.isClosed
            }
            // Whoever goes on with the connection comes to its end behind what waits.
            if !goesThrough { return }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // It would let nothing through behind it.
        letAllThrough(context)
        state.withLock { if $0.end == .toCome { $0.end = .neverComes } }
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        letAllThrough(context)
        context.fireChannelInactive()
    }

    /// Takes what goes through next, and counts it at once: whoever closes the gate waits for what is counted.
    private func takeNext() -> ByteBuffer? {
        state.withLock { state in
            let next = state.next()
            if let next { progress.didReceive(next.readableBytes) }
            return next
        }
    }

    /// Nothing more will come, and so nobody will ask for more.
    private func letAllThrough(_ context: ChannelHandlerContext) {
        while let next = takeNext() { context.fireChannelRead(Self.wrapInboundOut(next)) }
        context.fireChannelReadComplete()
    }

    /// Lets nothing through from now on.
    func close() { state.withLock { $0.isClosed = true } }

    /// Waits until all that it has let through is dealt with.
    func settled() async { await progress.processed(upTo: progress.received) }

    /// Whether it lets nothing through any more.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Whether the other side has said that nothing more comes, and where that is.
    var end: End { state.withLock { $0.end } }

    /// What was read and has not gone through.
    var unread: [UInt8] { state.withLock { Array($0.waiting.readableBytesView) } }

    /// How much of the connection has left the kernel: gone through or still waiting.
    var received: Int { progress.received + state.withLock { $0.waiting.readableBytes } }
}
