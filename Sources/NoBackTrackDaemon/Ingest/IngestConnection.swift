import NIOCore
import NIOPosix
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackWire
import Synchronization

/// One connection on the ingest socket.
final class IngestConnection: IngestSource {
    /// What of the connection goes on in the next daemon.
    private struct Kept {
        /// Another descriptor of the socket, made when its gate was closed.
        var descriptor: Int32?
        /// Where it goes on, behind what went through the gate.
        var reader: SampleReader.Continuation?
    }

    /// Tells this source from all others.
    let identifier: UInt64
    /// The place it takes among the open connections.
    let place: ConnectionPlace
    private let descriptor: Int32
    private let gate: InboundGate
    /// What its reader has to know to go on from an earlier daemon; nil: it begins.
    let continuation: SampleReader.Continuation?
    private let kept = Mutex(Kept())
    private let group: MultiThreadedEventLoopGroup
    private let adopted: EventLoopPromise<any Channel>
    private let answers = IngestAnswers()
    private let acknowledgement: DaemonConfiguration.Acknowledgement
    private let keeper: JournalKeeper

    /// The connection on an accepted descriptor, or one that goes on, first with what an earlier daemon has read.
    init(
        descriptor: Int32, continuation: SampleReader.Continuation?, unread: [UInt8],
        identifier: UInt64, place: ConnectionPlace,
        acknowledgement: DaemonConfiguration.Acknowledgement, keeper: JournalKeeper,
        group: MultiThreadedEventLoopGroup
    ) {
        self.descriptor = descriptor
        self.continuation = continuation
        gate = InboundGate(unread: unread)
        self.identifier = identifier
        self.place = place
        self.acknowledgement = acknowledgement
        self.keeper = keeper
        self.group = group
        adopted = group.any().makePromise()
        place.whenGivenUp { [weak self] in self?.giveWay() }
    }

    /// Reads and learns until the producer has finished, or until ``close(keeps:)``.
    func run(_ reader: inout SampleReader) async {
        defer { gate.progress.finish() }
        let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
        do {
            channel = try await SocketChannels.adopt(descriptor, group: group) { [gate] channel in
                try channel.pipeline.syncOperations.addHandler(gate)
            }
        } catch {
            adopted.fail(error)
            return
        }
        adopted.succeed(channel.channel)
        try? await channel.executeThenClose { inbound, _ in
            await withDiscardingTaskGroup { tasks in
                tasks.addTask { await self.deliver(on: channel.channel) }
                if acknowledgement != .none {
                    // What an earlier daemon has left settled is on disk.
                    answers.put(
                        [], IngestAnswers.Settled(count: reader.settled, refused: reader.refused))
                }
                await read(inbound, &reader)
                answers.close()
            }
        }
    }

    /// Ends it in the place of ``run(_:isStopping:)``: whoever is at the other end begins again.
    func abandon() {
        adopted.fail(ChannelError.alreadyClosed)
        gate.progress.finish()
        StreamSocket.close(descriptor)
    }

    private func read(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ reader: inout SampleReader
    ) async {
        defer { place.willEnd() }
        // A connection that breaks off is as good as closed: its complete lines count.
        do { for try await buffer in inbound { await learn(buffer, &reader) } } catch {}
        if gate.end == .wentThrough {
            // When we are the ones who end it, the last line may be half a line.
            if !place.isGivenUp { answers.put(await reader.finish(), settled(reader)) }
            gate.progress.didProcess(1)
        } else if gate.isClosed {
            let continuation = reader.continuation
            kept.withLock { $0.reader = continuation }
        }
    }

    private func learn(_ buffer: ByteBuffer, _ reader: inout SampleReader) async {
        let linesBefore = reader.lineCount
        place.beginWork()
        let answer = await reader.learn(buffer)
        // Who never ends a line is idle, however many bytes come.
        place.endWork(isUse: reader.lineCount > linesBefore)
        answers.put(answer, settled(reader))
        gate.progress.didProcess(buffer.readableBytes)
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
    ///
    /// - Parameter keeps: whether it is to go on in the next daemon, from what is dealt with then.
    func close(keeps: Bool) async {
        guard let channel = try? await adopted.futureResult.get() else { return }
        if keeps { await keep(channel) }
        // A disk may be slow; who does not read is not waited for long.
        if acknowledgement == .durable { _ = await keeper.durable(keeper.journal.accepted) }
        let isTold = await Patience.lasts(.seconds(1), { [answers] in await answers.told() }) { [answers] in
            answers.letGo()
        }
        // What is half told cannot be told on.
        if !isTold { giveUpKept() }
        try? await channel.close()
    }

    /// Closes the gate, and holds on to the socket: where its producer goes meanwhile, what it has left is still there.
    private func keep(_ channel: any Channel) async {
        let closing = channel.eventLoop.submit { [self] in
            guard channel.isActive, !place.isGivenUp, let copy = try? StreamSocket.duplicate(descriptor)
            else { return }
            kept.withLock { $0.descriptor = copy }
            gate.close()
        }
        try? await closing.get()
        await gate.settled()
    }

    private func giveUpKept() {
        let descriptor = kept.withLock { kept in
            defer { kept.descriptor = nil }
            return kept.descriptor
        }
        if let descriptor { StreamSocket.close(descriptor) }
    }

    /// Learns what has not gone through the gate, when nobody goes on with the connection. Where there are acknowledgements
    /// the producer knows that it was not taken.
    func learnUnread(_ reader: inout SampleReader) async {
        guard gate.isClosed, acknowledgement == .none else { return }
        _ = await reader.learn(ByteBuffer(bytes: gate.unread))
        if gate.end == .waits { _ = await reader.finish() }
    }

    /// Once it has ended: the connection as the next daemon goes on with it; nil when it does not.
    func takeKept() -> OpenConnection? {
        // Of its socket nobody could see that it broke off, and half a line would pass for the last one.
        if gate.end == .neverComes { giveUpKept() }
        let kept = kept.withLock { kept in
            defer { kept.descriptor = nil }
            return kept
        }
        return OpenConnection(
            kept.descriptor, kept.reader.map(KeptConnection.Purpose.ingest), unread: gate.unread)
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
        let target = channel.eventLoop.submit { [gate, descriptor] in
            // Bytes leave the kernel on this event loop only, so that the two numbers fit together.
            var target = gate.received
            if channel.isActive {
                target += ListeningSocket.readableBytes(descriptor)
                // The end counts as a byte.
                if gate.end == .toCome, StreamSocket.hasEnded(descriptor) { target += 1 }
            }
            return target
        }
        guard let target = try? await target.get() else { return }
        await gate.progress.processed(upTo: target)
    }
}
