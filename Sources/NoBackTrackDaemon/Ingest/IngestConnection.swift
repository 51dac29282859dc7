import NIOCore
import NIOPosix
import NoBackTrackSystem

/// One connection on the ingest socket.
final class IngestConnection: IngestSource {
    /// Counts bytes as they leave the kernel, on the connection's event loop.
    private final class Counter: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias InboundOut = ByteBuffer

        let progress: IngestProgress

        init(_ progress: IngestProgress) { self.progress = progress }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            progress.didReceive(Self.unwrapInboundIn(data).readableBytes)
            context.fireChannelRead(data)
        }
    }

    /// Tells this source from all others.
    let identifier: UInt64
    /// The place it takes among the open connections.
    let place: ConnectionPlace
    private let descriptor: Int32
    private let progress = IngestProgress()
    private let group: MultiThreadedEventLoopGroup
    private let adopted: EventLoopPromise<any Channel>

    /// The connection on an accepted descriptor.
    init(
        descriptor: Int32, identifier: UInt64, place: ConnectionPlace, group: MultiThreadedEventLoopGroup
    ) {
        self.descriptor = descriptor
        self.identifier = identifier
        self.place = place
        self.group = group
        adopted = group.any().makePromise()
        place.whenGivenUp { [weak self] in self?.giveWay() }
    }

    /// Reads and learns until the producer has finished, or until ``close()``.
    ///
    /// - Parameter isStopping: whether the end of the connection is our doing.
    func run(_ reader: SampleReader, isStopping: @Sendable () -> Bool) async {
        defer { progress.finish() }
        var reader = reader
        let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
        do {
            channel = try await SocketChannels.adopt(descriptor, group: group) { [progress] channel in
                try channel.pipeline.syncOperations.addHandler(Counter(progress))
            }
        } catch {
            adopted.fail(error)
            return
        }
        adopted.succeed(channel.channel)
        // A connection that breaks off is as good as closed: its complete lines count.
        try? await channel.executeThenClose { inbound, _ in
            defer { place.willEnd() }
            for try await buffer in inbound {
                let linesBefore = reader.lineCount
                place.beginWork()
                let answer = await reader.learn(buffer)
                // Who never ends a line is idle, however many bytes come.
                place.endWork(isUse: reader.lineCount > linesBefore)
                progress.didProcess(buffer.readableBytes)
                Self.send(answer, on: channel.channel)
            }
            // When we are the ones who end it, the last line may be half a line.
            if !isStopping(), !place.isGivenUp { Self.send(await reader.finish(), on: channel.channel) }
        }
    }

    /// Ends the connection.
    func close() async {
        try? await adopted.futureResult.get().close()
    }

    /// Ends the connection, after what the producer has got rid of by now.
    private func giveWay() {
        adopted.futureResult.whenSuccess { [descriptor] channel in
            channel.eventLoop.execute {
                guard channel.isActive else { return }
                StreamSocket.endInput(descriptor)
                // What the kernel still has is read to its end, which ends the connection.
                if ListeningSocket.readableBytes(descriptor) == 0 { channel.close(promise: nil) }
            }
        }
    }

    func drain() async {
        guard let channel = try? await adopted.futureResult.get() else { return }
        let target = channel.eventLoop.submit { [progress, descriptor] in
            // Bytes leave the kernel on this event loop only, so that the two numbers fit together.
            progress.received + (channel.isActive ? ListeningSocket.readableBytes(descriptor) : 0)
        }
        guard let target = try? await target.get() else { return }
        await progress.processed(upTo: target)
    }

    /// Sends error lines, unless the producer does not read them: many never do, and their samples must go on.
    private static func send(_ answer: [UInt8], on channel: any Channel) {
        guard !answer.isEmpty, channel.isWritable else { return }
        channel.writeAndFlush(ByteBuffer(bytes: answer), promise: nil)
    }
}
