import NIOCore
import NIOPosix
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackWire

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
    private let answers = IngestAnswers()
    private let acknowledgement: DaemonConfiguration.Acknowledgement
    private let keeper: JournalKeeper

    /// The connection on an accepted descriptor.
    init(
        descriptor: Int32, identifier: UInt64, place: ConnectionPlace,
        acknowledgement: DaemonConfiguration.Acknowledgement, keeper: JournalKeeper,
        group: MultiThreadedEventLoopGroup
    ) {
        self.descriptor = descriptor
        self.identifier = identifier
        self.place = place
        self.acknowledgement = acknowledgement
        self.keeper = keeper
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
            await withDiscardingTaskGroup { tasks in
                tasks.addTask { await self.deliver(on: channel.channel) }
                if acknowledgement != .none { answers.put([], IngestAnswers.Settled()) }
                try? await read(inbound, &reader, isStopping)
                answers.close()
            }
        }
    }

    private func read(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ reader: inout SampleReader,
        _ isStopping: @Sendable () -> Bool
    ) async throws {
        defer { place.willEnd() }
        for try await buffer in inbound {
            let linesBefore = reader.lineCount
            place.beginWork()
            let answer = await reader.learn(buffer)
            // Who never ends a line is idle, however many bytes come.
            place.endWork(isUse: reader.lineCount > linesBefore)
            answers.put(answer, settled(reader))
            progress.didProcess(buffer.readableBytes)
        }
        // When we are the ones who end it, the last line may be half a line.
        if !isStopping(), !place.isGivenUp { answers.put(await reader.finish(), settled(reader)) }
    }

    /// What is settled of what was read; nil when nobody is to know.
    private func settled(_ reader: SampleReader) -> IngestAnswers.Settled? {
        guard acknowledgement != .none else { return nil }
        return IngestAnswers.Settled(
            count: reader.settled, refused: reader.refused, accepted: keeper.journal.accepted)
    }

    /// Tells the producer what there is to tell until the connection ends, as fast as it reads.
    private func deliver(on channel: any Channel) async {
        var last: IngestAnswers.Settled?
        while let answer = await answers.next() {
            var bytes = answer.lines
            if let settled = answer.settled,
                last.map({ ($0.count, $0.refused) != (settled.count, settled.refused) }) ?? true
            {
                if acknowledgement == .durable, settled.accepted > keeper.journal.durable {
                    // Lines that were refused need not wait for the disk.
                    if !bytes.isEmpty { _ = try? await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }
                    bytes = []
                    guard await keeper.durable(settled.accepted) else { continue }
                }
                last = settled
                AcknowledgementMessage(ack: settled.count, refused: settled.refused).appendLine(to: &bytes)
            }
            // Done when it has left for the kernel: the end of the connection throws away the rest.
            if !bytes.isEmpty { _ = try? await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }
        }
    }

    /// Ends the connection, when the producer has been told what is settled or does not read it.
    func close() async {
        guard let channel = try? await adopted.futureResult.get() else { return }
        await withTaskGroup { [answers] tasks in
            tasks.addTask { await answers.told() }
            tasks.addTask { try? await Task.sleep(for: .seconds(1)) }
            await tasks.next()
            tasks.cancelAll()
            try? await channel.close()
            // Whoever still waits is let go.
            answers.close()
        }
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
}
