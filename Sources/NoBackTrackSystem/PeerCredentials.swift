import Glibc

/// Who is at the other end of a Unix socket, as the kernel noted when the connection was made.
package struct PeerCredentials: Sendable, Equatable {
    /// User number.
    package let uid: UInt32
    /// Group number.
    package let gid: UInt32
    /// Process number; 0 when the peer is in a namespace from which it cannot be seen.
    package let pid: Int32

    /// Credentials of these numbers.
    package init(uid: UInt32, gid: UInt32, pid: Int32) {
        self.uid = uid
        self.gid = gid
        self.pid = pid
    }

    /// Asks the kernel for the peer of a connected socket.
    ///
    /// - Throws: the call that failed, as when the descriptor is not a socket.
    package init(ofSocket descriptor: Int32) throws(SystemError) {
        // struct ucred, which glibc declares for _GNU_SOURCE only: pid, uid, gid.
        var numbers: (Int32, UInt32, UInt32) = (0, 0, 0)
        let needed = socklen_t(MemoryLayout.size(ofValue: numbers))
        var size = needed
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &numbers, &size) == 0 else {
            throw .last("getsockopt(SO_PEERCRED)", "descriptor \(descriptor)")
        }
        // Not a Unix socket: the kernel answers with pid 0 and uid and gid -1.
        guard size == needed, numbers.1 != UInt32.max else {
            throw SystemError(
                call: "getsockopt(SO_PEERCRED)", path: "descriptor \(descriptor)", code: ENOTCONN,
                advice: "it is not a connected Unix socket")
        }
        self.init(uid: numbers.1, gid: numbers.2, pid: numbers.0)
    }
}
