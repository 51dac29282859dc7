import Glibc

/// A pipe to wake a thread by that waits for something else as well.
final class WakePipe: Sendable {
    /// Can be read once ``wake()`` was called.
    let reader: Int32
    private let writer: Int32

    /// A pipe that nobody was woken by.
    ///
    /// - Throws: when no pipe can be made.
    init() throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .last("pipe", nil) }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        reader = ends[0]
        writer = ends[1]
    }

    deinit {
        close(reader)
        close(writer)
    }

    /// Wakes whoever waits, or else the next one to do so. May be called from any thread.
    func wake() {
        var byte: UInt8 = 0
        // Fails only when the pipe is full, and then the thread has been woken already.
        _ = write(writer, &byte, 1)
    }
}
