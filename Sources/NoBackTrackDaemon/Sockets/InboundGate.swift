import NIOCore
import Synchronization

/// Counts a connection's bytes as they leave the kernel, on its event loop. Closed, it holds back what still comes, for
/// whoever goes on with the connection.
final class InboundGate: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    let progress = InboundProgress()
    /// What came since it was closed; nil while it is open.
    private let held = Mutex<[UInt8]?>(nil)

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = Self.unwrapInboundIn(data)
        let isOpen = held.withLock { held in
            held?.append(contentsOf: buffer.readableBytesView)
            if held == nil { progress.didReceive(buffer.readableBytes) }
            return held == nil
        }
        if isOpen { context.fireChannelRead(data) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Whoever goes on with the connection comes to its end behind what is held back.
        if event as? ChannelEvent == .inputClosed, isClosed { return }
        context.fireUserInboundEventTriggered(event)
    }

    /// Lets nothing through from now on, and waits until all that it has let through is dealt with.
    func close() async {
        held.withLock { if $0 == nil { $0 = [] } }
        await progress.processed(upTo: progress.received)
    }

    /// Whether it lets nothing through any more.
    var isClosed: Bool { held.withLock { $0 != nil } }

    /// What it has held back so far.
    var heldBack: [UInt8] { held.withLock { $0 ?? [] } }
}
