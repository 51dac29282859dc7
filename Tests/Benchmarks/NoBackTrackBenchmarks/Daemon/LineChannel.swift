import Glibc
import NoBackTrackSystem

/// One connection, or a pair of pipes, that lines go both ways on.
final class LineChannel {
    /// What is read from; owned.
    let reader: Int32
    /// What is written to; owned, and the same where it is a connection.
    let writer: Int32
    private var pending: [UInt8] = []
    private var chunk = [UInt8](repeating: 0, count: 65_536)

    /// A connection to a Unix socket; waits some seconds for somebody to listen.
    init(connectingTo path: String) throws(SystemError) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        reader = descriptor
        writer = descriptor
        guard descriptor >= 0 else { throw SystemError(call: "socket", path: path, code: errno) }
        for attempt in 0... {
            if UnixSocketPath.withAddress(of: path, { connect(descriptor, $0, $1) }) == 0 { return }
            guard attempt < 1000 else { break }
            usleep(10_000)
        }
        throw SystemError(call: "connect", path: path, code: errno)
    }

    /// The end of a pair of connected sockets, which from now on is this object's.
    init(descriptor: Int32) {
        reader = descriptor
        writer = descriptor
    }

    /// The pipes to and from a process, which remain the process's.
    init(duplicating process: ChildProcess) {
        reader = fcntl(process.output, F_DUPFD_CLOEXEC, 3)
        writer = fcntl(process.input, F_DUPFD_CLOEXEC, 3)
    }

    deinit {
        close(reader)
        if writer != reader { close(writer) }
    }

    /// Writes all bytes, waiting where it has to.
    func send(_ bytes: [UInt8]) throws(SystemError) {
        try DurableFile.writeAll(
            bytes, to: OpenFile(descriptor: writer, path: "to a connection"), using: LinuxFileSystem())
    }

    /// The next line without its newline, waiting for it as long as it takes.
    ///
    /// - Throws: `EPIPE` where the other side has closed.
    func line() throws(SystemError) -> String {
        while true {
            if let end = pending.firstIndex(of: 10) {
                defer { pending.removeSubrange(...end) }
                return String(decoding: pending[..<end], as: UTF8.self)
            }
            let count = read(reader, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw SystemError(call: "read", path: "from a connection", code: count == 0 ? EPIPE : errno)
            }
            pending += chunk[..<count]
        }
    }

    /// Sends a line and waits for its answer.
    func ask(_ request: String) throws(SystemError) -> String {
        try send(Array((request + "\n").utf8))
        return try line()
    }

    /// Reads what is there, without waiting, and calls with each complete line.
    func takeLines(_ body: (ArraySlice<UInt8>) -> Void) throws(SystemError) {
        let count = recv(reader, &chunk, chunk.count, Int32(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 else {
            throw SystemError(call: "recv", path: "from a connection", code: count == 0 ? EPIPE : errno)
        }
        pending += chunk[..<count]
        var start = 0
        while let end = pending[start...].firstIndex(of: 10) {
            body(pending[start..<end])
            start = end + 1
        }
        pending.removeSubrange(..<start)
    }
}
