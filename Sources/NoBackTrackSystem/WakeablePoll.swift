import Glibc

/// Waiting on a thread of its own for a descriptor to have something, which other threads can end.
package final class WakeablePoll: Sendable {
    private let wakeReader: Int32
    private let wakeWriter: Int32

    /// A wait that nobody is in.
    ///
    /// - Throws: when no pipe can be made.
    package init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .last("pipe", nil) }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        wakeReader = ends[0]
        wakeWriter = ends[1]
    }

    deinit {
        close(wakeReader)
        close(wakeWriter)
    }

    /// Ends the wait that somebody is in, or else the next one. May be called from any thread.
    package func wake() {
        var byte: UInt8 = 0
        // Fails only when the pipe is full, and then the thread has been woken already.
        _ = write(wakeWriter, &byte, 1)
    }

    /// Waits until the descriptor can be read or, where it listens, has a connection that waits; until ``wake()``; or
    /// until the time is over. An interruption may end it as well. One thread at a time.
    ///
    /// - Parameters:
    ///   - descriptor: nil: none, only the others end it.
    ///   - milliseconds: nil: without end.
    package func wait(for descriptor: Int32?, milliseconds: Int32? = nil) {
        var requests = [
            pollfd(fd: wakeReader, events: Int16(POLLIN), revents: 0),
            // A negative descriptor is left out.
            pollfd(fd: descriptor ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&requests, 2, milliseconds ?? -1) > 0, requests[0].revents != 0 else { return }
        var bytes = [UInt8](repeating: 0, count: 64)
        // What does not fit wakes the thread once more, for nothing.
        _ = read(wakeReader, &bytes, bytes.count)
    }

    /// Whether the descriptor can be read or, where it listens, has a connection that waits.
    package static func isReady(_ descriptor: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, 0) > 0
    }
}
