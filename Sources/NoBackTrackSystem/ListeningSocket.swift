import Glibc

/// A listening Unix stream socket: one of our own at a path, or one that the service manager handed over.
package final class ListeningSocket: Sendable {
    /// The descriptor, non-blocking.
    package let descriptor: Int32
    /// The path it was bound to; nil for one that was handed over, whose file is not ours to remove.
    package var path: String? { claim?.path }
    private let claim: ClaimedSocketPath?

    /// Opens a socket at a path.
    ///
    /// - Throws: the call that failed; `EADDRINUSE` when another process listens there.
    package init(path: String) throws(SystemError) {
        let claim = try UnixSocketPath.claim(path)
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw SystemError(call: "socket", path: path, code: errno) }
        let bound = UnixSocketPath.withAddress(of: path) { bind(descriptor, $0, $1) }
        let call = bound == 0 ? "listen" : "bind"
        guard bound == 0, listen(descriptor, SOMAXCONN) == 0 else {
            let failure = SystemError(call: call, path: path, code: errno)
            close(descriptor)
            throw failure
        }
        claim.didBind()
        self.descriptor = descriptor
        self.claim = claim
    }

    /// Takes over a socket that already listens.
    ///
    /// - Throws: when the descriptor is not a listening stream socket.
    package init(handedOver socket: HandedOverSocket) throws(SystemError) {
        var listens: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        let place = "handed-over socket '\(socket.name)'"
        guard getsockopt(socket.descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 else {
            throw SystemError(call: "getsockopt(SO_ACCEPTCONN)", path: place, code: errno)
        }
        guard listens == 1 else {
            throw SystemError(
                call: "accept", path: place, code: EINVAL,
                advice: "it does not listen; the socket unit needs ListenStream= and Accept=no")
        }
        let flags = fcntl(socket.descriptor, F_GETFL)
        guard flags >= 0, fcntl(socket.descriptor, F_SETFL, flags | O_NONBLOCK) == 0 else {
            throw SystemError(call: "fcntl(F_SETFL)", path: place, code: errno)
        }
        descriptor = socket.descriptor
        claim = nil
    }

    deinit {
        // The service manager keeps its own descriptor of a handed-over socket, and with it the
        // connections that wait.
        close(descriptor)
    }

    /// Removes the socket file, if the socket is our own and the file still is.
    package func removeFile() {
        claim?.remove()
    }

    /// Takes the next waiting connection, non-blocking and closed on exec.
    ///
    /// - Returns: its descriptor; nil when none waits.
    /// - Throws: the call that failed, such as `EMFILE`.
    package func accept() throws(SystemError) -> Int32? {
        while true {
            let connection = Glibc.accept(descriptor, nil, nil)
            if connection >= 0 {
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                _ = fcntl(connection, F_SETFL, O_NONBLOCK)
                return connection
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EAGAIN: return nil
            default: throw SystemError(call: "accept", path: path ?? "handed-over socket", code: errno)
            }
        }
    }

    /// How many bytes have arrived on a socket or pipe and were not read yet; 0 when that cannot be told.
    package static func readableBytes(_ descriptor: Int32) -> Int {
        var count: Int32 = 0
        return ioctl(descriptor, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
    }
}
