import Glibc
import NoBackTrackSystem

/// Just enough of sockets for the tests to have a second party.
enum UnixSockets {
    /// A socket bound to the path; for a stream socket, with this backlog, listening.
    static func bound(_ path: String, type: __socket_type = SOCK_STREAM, backlog: Int32? = 8) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let result = UnixSocketPath.withAddress(of: path) { Glibc.bind(descriptor, $0, $1) }
        precondition(result == 0, "bind \(path): errno \(errno)")
        if type == SOCK_STREAM, let backlog { precondition(listen(descriptor, backlog) == 0) }
        return descriptor
    }

    /// A stream socket connected to the path; -1 when nobody takes it at once.
    static func connected(_ path: String) -> Int32 {
        let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | flags, 0)
        guard UnixSocketPath.withAddress(of: path, { connect(descriptor, $0, $1) }) == 0 else {
            close(descriptor)
            return -1
        }
        return descriptor
    }
}
