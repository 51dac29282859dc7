import Glibc
import NoBackTrackSystem
import Synchronization

/// The service manager's end of `$NOTIFY_SOCKET`.
final class NotifySocket: Sendable {
    /// What was sent at once.
    struct Message: Sendable {
        /// The assignments, one a line.
        var lines: [String]
        /// What came with them; the receiver's to close.
        var descriptors: [Int32]

        /// The value that is assigned to a name.
        subscript(name: String) -> String? {
            lines.first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
        }
    }

    /// What `$NOTIFY_SOCKET` is to be.
    let path: String
    private let descriptor: Int32

    /// A socket in the directory that nobody has sent to.
    init(_ path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let result = UnixSocketPath.withAddress(of: path) { bind(descriptor, $0, $1) }
        guard result == 0 else { throw SystemError(call: "bind", path: path, code: errno) }
    }

    deinit { close(descriptor) }

    /// The next message that assigns something to the name; those before it are dropped.
    func next(assigning name: String) async throws -> Message {
        try await offPool { [self] in
            while true {
                let message = try receive()
                if message[name] != nil { return message }
                for descriptor in message.descriptors { close(descriptor) }
            }
        }
    }

    private func receive() throws -> Message {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&request, 1, UnixClient.deadlineMilliseconds) == 1 else { throw Timeout("a notification") }
        var text = [UInt8](repeating: 0, count: 8192)
        var control = [UInt8](repeating: 0, count: 4096)
        let (count, controlCount) = text.withUnsafeMutableBytes { text in
            control.withUnsafeMutableBytes { control in
                var part = iovec(iov_base: text.baseAddress, iov_len: text.count)
                return withUnsafeMutablePointer(to: &part) { part in
                    var header = msghdr()
                    header.msg_iov = part
                    header.msg_iovlen = 1
                    header.msg_control = control.baseAddress
                    header.msg_controllen = control.count
                    let count = recvmsg(descriptor, &header, Int32(MSG_CMSG_CLOEXEC))
                    return (count, Int(header.msg_controllen))
                }
            }
        }
        guard count >= 0 else { throw SystemError(call: "recvmsg", path: path, code: errno) }
        var descriptors: [Int32] = []
        // One header of 16 bytes, its length first, then the descriptors.
        if controlCount >= 20 {
            let length = control.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
            for offset in stride(from: 16, to: min(length, controlCount), by: 4) {
                descriptors.append(
                    control.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Int32.self) })
            }
        }
        let lines = String(decoding: text[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
        return Message(lines: lines, descriptors: descriptors)
    }
}
