import Glibc

/// Waiting on a thread of its own for a descriptor to have something, which other threads can end.
package final class WakeablePoll: Sendable {
    private let pipe: WakePipe

    /// A wait that nobody is in.
    ///
    /// - Throws: when no pipe can be made.
    package init() throws(SystemError) {
        pipe = try WakePipe()
    }

    /// Ends the wait that somebody is in, or else the next one. May be called from any thread.
    package func wake() { pipe.wake() }

    /// Waits until the descriptor can be read or, where it listens, has a connection that waits; until ``wake()``; or
    /// until the time is over. An interruption may end it as well. One thread at a time.
    ///
    /// - Parameters:
    ///   - descriptor: nil: none, only the others end it.
    ///   - milliseconds: nil: without end.
    package func wait(for descriptor: Int32?, milliseconds: Int32? = nil) {
        var requests = [
            pollfd(fd: pipe.reader, events: Int16(POLLIN), revents: 0),
            // A negative descriptor is left out.
            pollfd(fd: descriptor ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&requests, 2, milliseconds ?? -1) > 0, requests[0].revents != 0 else { return }
        var bytes = [UInt8](repeating: 0, count: 64)
        // What does not fit wakes the thread once more, for nothing.
        _ = read(pipe.reader, &bytes, bytes.count)
    }

    /// Whether the descriptor can be read or, where it listens, has a connection that waits.
    package static func isReady(_ descriptor: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, 0) > 0
    }
}
