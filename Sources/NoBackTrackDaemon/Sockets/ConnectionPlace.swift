import NoBackTrackSystem
import Synchronization

/// The place that one connection takes, and since when it has made no use of it.
///
/// All times are in monotonic nanoseconds.
final class ConnectionPlace: Sendable {
    private struct State {
        var lastUse: UInt64
        var isAtWork = false
        var isGivenUp = false
        var isEnding = false
        var end: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>

    /// The place of a connection that has just been made.
    init(at now: UInt64 = Clocks.monotonicNanoseconds()) {
        state = Mutex(State(lastUse: now))
    }

    /// The connection has sent or taken something whole.
    func wasUsed(at now: UInt64 = Clocks.monotonicNanoseconds()) {
        state.withLock { $0.lastUse = max($0.lastUse, now) }
    }

    /// We work on what it sent: until that is done it waits for us, and is not idle.
    func beginWork() { state.withLock { $0.isAtWork = true } }

    /// The work is done.
    ///
    /// - Parameter isUse: whether what it sent was something whole.
    func endWork(isUse: Bool, at now: UInt64 = Clocks.monotonicNanoseconds()) {
        state.withLock { state in
            state.isAtWork = false
            if isUse { state.lastUse = max(state.lastUse, now) }
        }
    }

    /// Whether it is another's, as soon as the connection has ended.
    var isGivenUp: Bool { state.withLock { $0.isGivenUp } }

    /// The connection is about to end by itself: its place is free soon.
    func willEnd() { state.withLock { $0.isEnding = true } }

    /// Whether it will be free soon.
    var isEnding: Bool { state.withLock { $0.isEnding } }

    /// Sets how the connection ends when it is to give up its place; it is called at once when that is so already.
    func whenGivenUp(_ end: @escaping @Sendable () -> Void) {
        let isGivenUp = state.withLock { state in
            if !state.isGivenUp { state.end = end }
            return state.isGivenUp
        }
        if isGivenUp { end() }
    }

    /// How long it has been without use, and whether that counts: it does not while we are at work.
    func idleness(at now: UInt64) -> (nanoseconds: UInt64, counts: Bool) {
        state.withLock { (now - min(now, $0.lastUse), !$0.isAtWork) }
    }

    /// Ends the connection if it has been idle for so long.
    ///
    /// - Returns: whether it ends.
    func giveUp(afterIdle nanoseconds: UInt64, at now: UInt64) -> Bool {
        let (isGivenUp, end) = state.withLock { state in
            guard !state.isAtWork, !state.isEnding, now - min(now, state.lastUse) >= nanoseconds else {
                return (false, nil as (@Sendable () -> Void)?)
            }
            state.isGivenUp = true
            state.isEnding = true
            defer { state.end = nil }
            return (true, state.end)
        }
        end?()
        return isGivenUp
    }
}
