import Glibc

/// Connected stream sockets.
package enum StreamSocket {
    /// The number of the socket: as long as it is open, no other one on the machine has it.
    ///
    /// - Throws: the call that failed, as when it is not open.
    package static func number(_ descriptor: Int32) throws(SystemError) -> UInt64 {
        let file = OpenFile(descriptor: descriptor, path: "descriptor \(descriptor)")
        return try LinuxFileSystem().status(of: file).inode
    }

    /// Another descriptor of the socket, closed on exec.
    ///
    /// - Throws: the call that failed.
    package static func duplicate(_ descriptor: Int32) throws(SystemError) -> Int32 {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw .last("fcntl", "descriptor \(descriptor)") }
        return copy
    }

    /// Closes a descriptor that is nobody else's.
    package static func close(_ descriptor: Int32) { Glibc.close(descriptor) }

    /// Connects to a Unix socket, without waiting for room in its queue.
    ///
    /// - Returns: a non-blocking descriptor, closed on exec.
    /// - Throws: the call that failed.
    static func connect(to path: String) throws(SystemError) -> Int32 {
        guard path.utf8.count <= UnixSocketPath.maximumBytes else {
            throw SystemError(call: "connect", path: path, code: ENAMETOOLONG)
        }
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw .last("socket", path) }
        guard UnixSocketPath.withAddress(of: path, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            let error = SystemError.last("connect", path)
            Glibc.close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Has the peer write no more: what it has written can still be read, and then comes the end. What it writes from
    /// now on fails there instead of being lost.
    package static func endInput(_ descriptor: Int32) {
        // Fails only where the peer has gone, and then nothing comes any more.
        _ = shutdown(descriptor, Int32(SHUT_RD))
    }

    /// Whether the peer writes no more, or is gone; what it has written may still be there.
    package static func hasEnded(_ descriptor: Int32) -> Bool {
        // POLLRDHUP: a macro that Swift does not import.
        let readHangUp: Int16 = 0x2000
        var request = pollfd(fd: descriptor, events: readHangUp, revents: 0)
        return poll(&request, 1, 0) == 1 && request.revents & (readHangUp | Int16(POLLHUP)) != 0
    }
}
