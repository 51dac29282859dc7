package import Glibc

/// Paths of listening Unix sockets.
package enum UnixSocketPath {
    /// Longest path that the kernel's `sockaddr_un` takes, in bytes.
    package static let maximumBytes = 107

    /// Lends the address of a path, of ``maximumBytes`` at most, to a call such as `connect(2)`.
    ///
    /// - Returns: what the call does.
    package static func withAddress(
        of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// Makes the path free for `bind(2)`: creates the directory (0700) when it is missing and removes a socket
    /// file that nobody listens on. Whatever is alive or is not a socket is left alone.
    ///
    /// Until ``ClaimedSocketPath/didBind()`` of the result, no other process can claim a path in the same
    /// directory, so that two daemons that start at once do not take each other's socket for a stale one.
    ///
    /// - Throws: `ENAMETOOLONG`; `EADDRINUSE` when somebody listens there; `EEXIST` when it is not a socket;
    ///   `EAGAIN` when another process keeps the directory locked for two seconds; else the call that failed.
    package static func claim(_ path: String) throws(SystemError) -> ClaimedSocketPath {
        let length = path.utf8.count
        guard (1...maximumBytes).contains(length), !path.utf8.contains(0) else {
            throw SystemError(
                call: "bind", path: path, code: length > maximumBytes ? ENAMETOOLONG : EINVAL,
                advice: "a socket's path has 1 to \(maximumBytes) bytes, this one \(length); choose another")
        }
        let parent = Directory.parent(of: path)
        try Directory.create(parent)
        let claim = try ClaimedSocketPath(path: path, directory: parent)
        guard let status = try LinuxFileSystem().status(at: path) else { return claim }
        guard status.kind == .socket else {
            throw SystemError(
                call: "bind", path: path, code: EEXIST,
                advice: "what is there is not a socket; move it away or choose another path")
        }
        guard try isStale(path) else {
            throw SystemError(
                call: "bind", path: path, code: EADDRINUSE,
                advice: "another process listens there; stop it or choose another path")
        }
        try LinuxFileSystem().unlink(path)
        return claim
    }

    private static func isStale(_ path: String) throws(SystemError) -> Bool {
        do throws(SystemError) { close(try StreamSocket.connect(to: path)) } catch {
            switch error.code {
            case ECONNREFUSED: return true
            // The queue of a living listener is full, or the living socket is of another type.
            case EAGAIN, EINPROGRESS, EPROTOTYPE: return false
            default: throw error
            }
        }
        return false
    }
}
