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

    private struct State {
        /// What was read and has not gone through.
        var waiting: ByteBuffer
        var isClosed = false
        var hasEnded = false

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
    init(unread: [UInt8] = []) { state = Mutex(State(waiting: ByteBuffer(bytes: unread))) }

    func read(context: ChannelHandlerContext) {
        if let next = state.withLock({ $0.next() }) {
            letThrough(next, context)
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
            if !goesThrough { state.waiting.writeImmutableBuffer(buffer) }
            return goesThrough
        }
        if goesThrough { letThrough(buffer, context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed {
            letAllThrough(context)
            let isClosed = state.withLock { state in
                state.hasEnded = true
                return state.isClosed
            }
            // Whoever goes on with the connection comes to its end behind what waits.
            if isClosed { return }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        letAllThrough(context)
        context.fireChannelInactive()
    }

    private func letThrough(_ buffer: ByteBuffer, _ context: ChannelHandlerContext) {
        progress.didReceive(buffer.readableBytes)
        context.fireChannelRead(Self.wrapInboundOut(buffer))
    }

    /// Nothing more will come, and so nobody will ask for more.
    private func letAllThrough(_ context: ChannelHandlerContext) {
        while let next = state.withLock({ $0.next() }) { letThrough(next, context) }
        context.fireChannelReadComplete()
    }

    /// Lets nothing through from now on.
    func close() { state.withLock { $0.isClosed = true } }

    /// Waits until all that it has let through is dealt with.
    func settled() async { await progress.processed(upTo: progress.received) }

    /// Whether it lets nothing through any more.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Whether the other side has said that nothing more comes.
    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// What was read and has not gone through.
    var unread: [UInt8] { state.withLock { Array($0.waiting.readableBytesView) } }

    /// How much of the connection has left the kernel: gone through or still waiting.
    var received: Int { progress.received + state.withLock { $0.waiting.readableBytes } }
}
