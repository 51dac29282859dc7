import Glibc
import Synchronization

/// The right to bind a socket at a path, and afterwards the duty to remove it.
package final class ClaimedSocketPath: Sendable {
    private struct State {
        var directoryLock: Int32?
        var bound: FileStatus?
    }

    /// The path.
    package let path: String
    private let state: Mutex<State>

    init(path: String, directory: String) throws(SystemError) {
        self.path = path
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last("open", directory) }
        let deadline = Clocks.monotonicNanoseconds() + 2_000_000_000
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let failure = SystemError(
                call: "flock", path: directory, code: errno,
                advice: "another process is opening a socket in this directory; try again")
            guard failure.code == EAGAIN || failure.code == EINTR, Clocks.monotonicNanoseconds() < deadline
            else {
                close(descriptor)
                throw failure
            }
            usleep(5_000)
        }
        state = Mutex(State(directoryLock: descriptor))
    }

    deinit {
        unlock()
    }

    /// Call this once the socket is bound and listens: others may claim paths in the directory again.
    package func didBind() {
        let status = try? LinuxFileSystem().status(at: path)
        state.withLock { $0.bound = status }
        unlock()
    }

    /// Removes the socket file if it is still the one that was bound, and not a successor's.
    package func remove() {
        state.withLock { state in
            guard let bound = state.bound, let now = try? LinuxFileSystem().status(at: path),
                now.device == bound.device, now.inode == bound.inode
            else { return }
            try? LinuxFileSystem().unlink(path)
            state.bound = nil
        }
    }

    private func unlock() {
        state.withLock { state in
            if let descriptor = state.directoryLock { close(descriptor) }
            state.directoryLock = nil
        }
    }
}
