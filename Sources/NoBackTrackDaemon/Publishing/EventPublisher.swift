import NIOCore
import NoBackTrackSystem
import Synchronization

/// Turns what the learning threads leave in the feeds into lines in mailboxes, on the thread that also writes them to
/// the subscribers' sockets.
///
/// An event that comes alone is published at once. While a learner has more to learn than it can, its events come in
/// rounds with pauses between them, so that the subscribers, who are woken by every write, leave the processors to
/// the learning; what is too much for a round is dropped.
final class EventPublisher: Sendable {
    private struct State {
        var feeds: [StreamFeed] = []
        var isScheduled = false
        /// When the next round of a flood may begin, in monotonic nanoseconds.
        var nextRound: UInt64 = 0
        /// The processor time of this thread when the last round began.
        var usedBefore: UInt64 = 0
    }

    /// Shortest time from one round to the next in a flood, in nanoseconds.
    private static let shortestPause: UInt64 = 5_000_000
    private static let longestPause: UInt64 = 250_000_000
    /// How many times as long as a round has used a processor, with all it caused here, is waited for the next.
    private static let pauseFactor: UInt64 = 5

    private let eventLoop: any EventLoop
    private let state = Mutex(State())
    /// Lent to one round at a time.
    private let buffer = Mutex(EventBuffer())

    /// A publisher on the event loop of the subscribers' sockets.
    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Has feeds that were empty published. Never waits.
    ///
    /// - Parameter isFlood: whether more samples are waiting to be learned.
    func publish(_ feeds: [StreamFeed], isFlood: Bool) {
        let now = isFlood ? Clocks.monotonicNanoseconds() : 0
        let pause = state.withLock { state in
            state.feeds += feeds
            if state.isScheduled { return nil as UInt64? }
            state.isScheduled = true
            return isFlood && state.nextRound > now ? state.nextRound - now : 0
        }
        guard let pause else { return }
        if pause == 0 {
            eventLoop.execute { self.runRound() }
        } else {
            eventLoop.scheduleTask(in: .nanoseconds(Int64(pause))) { self.runRound() }
        }
    }

    /// Waits until everything that was left in the feeds is in the mailboxes.
    func flush() async {
        await withCheckedContinuation { continuation in
            eventLoop.execute {
                self.runRound()
                continuation.resume()
            }
        }
    }

    private func runRound() {
        let used = Clocks.threadNanoseconds()
        let now = Clocks.monotonicNanoseconds()
        let feeds = state.withLock { state in
            let pause = min(
                max((used - state.usedBefore) * Self.pauseFactor, Self.shortestPause), Self.longestPause)
            state.usedBefore = used
            state.nextRound = now + pause
            state.isScheduled = false
            defer { state.feeds = [] }
            return state.feeds
        }
        buffer.withLock { buffer in
            for feed in feeds { feed.deliver(using: &buffer) }
        }
    }
}
