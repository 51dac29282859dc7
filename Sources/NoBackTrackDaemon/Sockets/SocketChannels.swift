import NIOCore
import NIOPosix

/// Makes accepted descriptors channels of an event loop.
enum SocketChannels {
    /// Bytes read at a time.
    static let chunkBytes = 65_536

    /// Hands an accepted descriptor to an event loop. It is closed with the channel.
    ///
    /// - Parameter prepare: adds handlers, on the event loop.
    /// - Throws: when the event loop cannot take it.
    static func adopt(
        _ descriptor: Int32, group: MultiThreadedEventLoopGroup,
        prepare: @escaping @Sendable (any Channel) throws -> Void = { _ in }
    ) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: group)
            // A client that has sent everything still wants to read the answers.
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(
                .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: chunkBytes)
            )
            .withConnectedSocket(descriptor) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try prepare(channel)
                    return try NIOAsyncChannel(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(
                            // Two chunks wait at most: beyond that the kernel makes the sender wait.
                            backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2),
                            isOutboundHalfClosureEnabled: false, inboundType: ByteBuffer.self,
                            outboundType: ByteBuffer.self))
                }
            }
    }
}
