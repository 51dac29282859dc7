import Glibc

/// Connected stream sockets.
package enum StreamSocket {
    /// The number of the socket: as long as it is open, no other one on the machine has it.
    ///
    /// - Throws: the call that failed, as when it is not open.
    package static func number(_ descriptor: Int32) throws(SystemError) -> UInt64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .last("fstat", "descriptor \(descriptor)") }
        return UInt64(status.st_ino)
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
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw .last("socket", path) }
        var address = sockaddr_un()
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
            Glibc.close(descriptor)
            throw SystemError(call: "connect", path: path, code: ENAMETOOLONG)
        }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
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
}
