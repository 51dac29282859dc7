import NIOCore
import NoBackTrackWire

/// One connection of ``SampleSending``: bytes to lines.
final class SampleSendingHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// A longer line than any of a daemon's.
    private static let longestLine = 1 << 20
    private let sending: SampleSending
    private let path: String
    private var splitter = LineSplitter(maxLineBytes: SampleSendingHandler.longestLine)

    init(_ sending: SampleSending, path: String) {
        self.sending = sending
        self.path = path
    }

    func channelActive(context: ChannelHandlerContext) {
        sending.connected(context.channel, path: path)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        for line in splitter.consume(buffer.readableBytesUInt8Span) {
            switch line {
            case .bytes(let line): sending.received(line)
            case .tooLong: sending.receivedEndless()
            }
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { sending.writable() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        sending.broken(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { sending.disconnected() }
}
