import Glibc
import Synchronization

/// News that memory is short, by the protocol of `$MEMORY_PRESSURE_WATCH`
/// (https://systemd.io/MEMORY_PRESSURE/).
package final class MemoryPressureWatch: Sendable {
    private let path: String
    private let descriptor: Int32
    /// What tells of news: of a file, as in a control group, it is urgent data; of a pipe or a socket, that there is any.
    private let event: Int16
    private let pipe: WakePipe
    private let cancelled = Atomic(false)

    /// Begins to watch.
    ///
    /// - Parameters:
    ///   - path: of a file, a pipe or a Unix socket.
    ///   - request: what is written to it at the beginning, such as a threshold.
    /// - Throws: the call that failed.
    package init(path: String, request: [UInt8]) throws(SystemError) {
        let system = LinuxFileSystem()
        guard let kind = try system.status(at: path)?.kind else {
            throw SystemError(call: "stat", path: path, code: ENOENT)
        }
        self.path = path
        pipe = try WakePipe()
        if kind == .socket {
            descriptor = try StreamSocket.connect(to: path)
            event = Int16(POLLIN)
        } else {
            // Open for writing as well: a pipe does not end then when its last writer goes.
            descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
            guard descriptor >= 0 else { throw .last("open", path) }
            event = kind == .regular ? Int16(POLLPRI) : Int16(POLLIN)
        }
        // Initialised by now: `deinit` closes the descriptor.
        guard !request.isEmpty else { return }
        let count = request.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard count == request.count else { throw .last("write", path) }
    }

    deinit { close(descriptor) }

    /// Waits for news, on a thread of its own.
    ///
    /// - Returns: false after ``cancel()``, and when nobody is left who could tell.
    package func next() -> Bool {
        while !cancelled.load(ordering: .relaxed) {
            var requests = [
                pollfd(fd: descriptor, events: event, revents: 0),
                pollfd(fd: pipe.reader, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&requests, 2, -1) >= 0 else {
                if errno == EINTR { continue }
                return false
            }
            if requests[1].revents != 0 { return false }
            let found = requests[0].revents
            // A file that nothing was asked of, or whose control group is gone, has urgent data for ever, and an error.
            if found & Int16(POLLERR | POLLNVAL) != 0 { return false }
            if found & event != 0 { return event != Int16(POLLIN) || drain() }
            if found != 0 { return false }
        }
        return false
    }

    /// Has ``next()`` return, now and from now on. May be called from any thread.
    package func cancel() {
        cancelled.store(true, ordering: .relaxed)
        pipe.wake()
    }

    /// Takes what was sent, which means nothing but that it was.
    ///
    /// - Returns: false when the other side has gone.
    private func drain() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &bytes, bytes.count)
            if count == 0 { return false }
            if count < 0 { return errno == EAGAIN || errno == EINTR }
        }
    }
}
