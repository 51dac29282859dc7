import Glibc
import NoBackTrackSystem
import NoBackTrackTestSupport
import NoBackTrackWire
import Synchronization

/// A client of a Unix stream socket that blocks, on a thread of its own, with a deadline.
final class UnixClient: Sendable {
    /// How long any one thing may take.
    static let deadlineMilliseconds = Int32(60_000 * TestConditions.slowness)

    private let descriptor: Int32
    private let pending = Mutex<[UInt8]>([])

    /// Connects.
    ///
    /// - Parameter receiveBuffer: bytes that the kernel keeps for a reader that does not read; nil: its default.
    init(_ path: String, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let result = UnixSocketPath.withAddress(of: path) { connect(descriptor, $0, $1) }
        // Everything is initialised by now, so `deinit` runs and closes the descriptor: closing it here too would hit
        // whatever another thread has opened under its number since.
        guard result == 0 else { throw SystemError(call: "connect", path: path, code: errno) }
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    deinit { Glibc.close(descriptor) }

    /// Sends all of the text.
    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// Sends all of the bytes.
    func send(_ bytes: [UInt8]) async throws {
        try await offPool { [descriptor] in
            var sent = 0
            while sent < bytes.count {
                var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                guard poll(&request, 1, Self.deadlineMilliseconds) == 1 else { throw Timeout("send") }
                let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
                let count = bytes.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, flags)
                }
                if count < 0, errno == EAGAIN { continue }
                guard count >= 0 else { throw SystemError(call: "send", path: nil, code: errno) }
                sent += count
            }
        }
    }

    /// Says that nothing more will be sent.
    func closeWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// The next line without its newline; nil at the end.
    func line() async throws -> String? {
        try await offPool { [self] in
            while true {
                let line = pending.withLock { pending -> String? in
                    guard let end = pending.firstIndex(of: 10) else { return nil }
                    defer { pending.removeSubrange(...end) }
                    return String(decoding: pending[..<end], as: UTF8.self)
                }
                if let line { return line }
                var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                guard poll(&request, 1, Self.deadlineMilliseconds) == 1 else { throw Timeout("line") }
                var chunk = [UInt8](repeating: 0, count: 65_536)
                let count = recv(descriptor, &chunk, chunk.count, 0)
                if count <= 0 { return nil }
                pending.withLock { $0 += chunk[..<count] }
            }
        }
    }

    /// All lines up to the end.
    func lines() async throws -> [String] {
        var lines: [String] = []
        while let line = try await line() { lines.append(line) }
        return lines
    }

    /// Sends a request and reads its answer.
    func ask(_ request: String) async throws -> String {
        try await send(request + "\n")
        guard let answer = try await line() else { throw Timeout("an answer to \(request)") }
        return answer
    }

    /// Sends a request and reads its answer as a message.
    func ask<Message: ControlMessage>(_ request: String, as type: Message.Type) async throws -> Message {
        try Message(line: Array(try await ask(request).utf8))
    }

    /// Sends a request that is refused.
    ///
    /// - Returns: the code of the error.
    func refusal(_ request: String) async throws -> String {
        try await ask(request, as: ErrorMessage.self).error.code
    }
}

/// Something that was waited for did not come.
struct Timeout: Error, CustomStringConvertible {
    let description: String
    init(_ what: String) { description = "waited in vain for \(what)" }
}
