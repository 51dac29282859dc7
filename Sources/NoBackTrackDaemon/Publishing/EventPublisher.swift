import NIOCore
import NoBackTrackSystem
import Synchronization

/// Until when a thread is known to have more to learn than it has time for.
final class LearningFlood: Sendable {
    private let end = Atomic<UInt64>(0)

    /// It is so until then, in monotonic nanoseconds as all times here.
    func last(until end: UInt64) { self.end.store(end, ordering: .relaxed) }

    /// Whether it is so now.
    func lasts(at now: UInt64) -> Bool { end.load(ordering: .relaxed) > now }
}

/// Turns what the learning threads leave in the feeds into lines in mailboxes, on the thread that also writes them to
/// the subscribers' sockets.
///
/// An event that comes alone is published at once. While a thread has more to learn than it has time for, its events
/// come in rounds with pauses between them, so that the subscribers, who are woken by every write, leave the
/// processors to the learning; what is too much for a round is dropped. The pauses are long when every processor
/// learns or many subscribers are woken, and short otherwise.
final class EventPublisher: Sendable {
    private struct State {
        var feeds: [StreamFeed] = []
        var isScheduled = false
        /// When the next round of a flood may begin.
        var nextRound: UInt64 = 0
        /// The processor time of this thread when the last round began.
        var usedBefore: UInt64 = 0
        /// How many subscribers that round woke.
        var wokenBefore = 0
    }

    /// Lines that one round of a flood writes: as many as one reader can want, and for many readers what keeps the round
    /// short, so that the pause after it is short too.
    private static let linesOfARound = 4096
    /// Bounds of the time from one round to the next in a flood, in nanoseconds.
    private static let pauses: ClosedRange<UInt64> = 5_000_000...250_000_000
    /// How many times as long as a round has used a processor, with all it caused here, is waited for the next.
    private static func pauseFactor(hasSpareProcessor: Bool, woken: Int) -> UInt64 {
        hasSpareProcessor ? 3 + UInt64(min(woken / 8, 12)) : 25
    }

    /// One for each learning thread.
    let floods: [LearningFlood]
    /// What became of the events, for all subscribers together.
    let meter = EventMeter()
    /// When the next round of a flood may begin, in monotonic nanoseconds.
    private let nextRound = Atomic<UInt64>(0)
    private let processors: Int
    private let eventLoop: any EventLoop
    private let state = Mutex(State())
    /// Lent to one round at a time.
    private let buffer = Mutex(EventBuffer())

    /// A publisher on the event loop of the subscribers' sockets.
    ///
    /// - Parameter learners: how many threads learn.
    init(eventLoop: any EventLoop, learners: Int, processors: Int = Processors.available) {
        self.eventLoop = eventLoop
        self.processors = processors
        floods = (0..<learners).map { _ in LearningFlood() }
    }

    /// Until when there is no round, while the learner is in a flood; 0: there may be one at any time.
    ///
    /// - Parameter learner: the number of a learning thread.
    func pauseEnd(learner: Int, at now: UInt64) -> UInt64 {
        floods[learner].lasts(at: now) ? nextRound.load(ordering: .relaxed) : 0
    }

    /// Has feeds that were empty published. Never waits.
    ///
    /// - Parameter learner: the number of the thread whose feeds they are.
    func publish(_ feeds: [StreamFeed], learner: Int) {
        let now = Clocks.monotonicNanoseconds()
        let isFlood = floods[learner].lasts(at: now)
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
        let flooded = floods.reduce(0) { $0 + ($1.lasts(at: now) ? 1 : 0) }
        let feeds = state.withLock { state in
            let factor = Self.pauseFactor(
                hasSpareProcessor: flooded < processors, woken: state.wokenBefore)
            let pause = (used - state.usedBefore) * factor
            state.usedBefore = used
            state.nextRound = now + min(max(pause, Self.pauses.lowerBound), Self.pauses.upperBound)
            nextRound.store(state.nextRound, ordering: .relaxed)
            state.isScheduled = false
            defer { state.feeds = [] }
            return state.feeds
        }
        let woken = buffer.withLock { buffer in
            feeds.reduce(0) {
                $0 + $1.deliver(using: &buffer, budget: flooded > 0 ? Self.linesOfARound : nil)
            }
        }
        state.withLock { $0.wokenBefore = woken }
    }
}
