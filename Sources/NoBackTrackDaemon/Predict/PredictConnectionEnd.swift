import NIOCore
import NoBackTrackSystem
import Synchronization

/// How a connection of the predict socket ends here, and whether it goes on in the next daemon.
final class PredictConnectionEnd: Sendable {
    private struct State {
        /// Another descriptor of the socket, made when everything was told.
        var descriptor: Int32?
        /// What was read of a request that is not whole; nil: that cannot be told.
        var pending: [UInt8]?
    }

    /// Longest time that requests at hand are waited for.
    private static let patience = Duration.seconds(1)

    let gate: InboundGate
    private let state = Mutex(State())

    /// The end of a connection of which an earlier daemon has read so much and not dealt with it.
    init(unread: [UInt8]) { gate = InboundGate(unread: unread) }

    /// Reads no more requests and begins none, and waits a little for the answer to the one at hand.
    func halt() async {
        gate.close()
        _ = await Patience.lasts(Self.patience, { [gate] in await gate.settled() }) { [gate] in
            gate.progress.letGo()
        }
    }

    /// Everything was told: if nothing is at hand any more, the socket goes on from here.
    func told(on descriptor: Int32, isActive: Bool) {
        guard gate.isClosed, gate.progress.isSettled, isActive else { return }
        state.withLock { state in
            guard state.descriptor == nil else { return }
            state.descriptor = try? StreamSocket.duplicate(descriptor)
        }
    }

    /// No more is read; so much of a request was.
    func read(pending: [UInt8]?) { state.withLock { $0.pending = pending } }

    /// The connection as the next daemon goes on with it; nil when it does not.
    ///
    /// - Parameters:
    ///   - streams: what it has subscribed to.
    ///   - waits: whether to the first stream to come as well.
    func kept(streams: [String], waits: Bool) -> OpenConnection? {
        let (descriptor, pending) = state.withLock { state in
            defer { state.descriptor = nil }
            return (state.descriptor, state.pending)
        }
        return OpenConnection(
            descriptor, pending == nil ? nil : .predict(streams: streams, waits: waits),
            unread: (pending ?? []) + gate.unread)
    }
}
