import Glibc
import NoBackTrackSystem
import NoBackTrackTestSupport
import Testing

@Suite struct ListeningSocketTests {
    @Test func `connections are taken in their order and then there is none`() throws {
        let directory = try TemporaryDirectory()
        let socket = try ListeningSocket(path: directory.file("s"))
        #expect(try socket.accept() == nil)
        let clients = (0..<2).map { _ in UnixSockets.connected(directory.file("s")) }
        defer { clients.forEach { close($0) } }
        for text in ["a", "bc"] {
            let client = clients[text.count - 1]
            #expect(send(client, text, text.utf8.count, Int32(MSG_NOSIGNAL)) == text.utf8.count)
        }
        for count in 1...2 {
            let connection = try #require(try socket.accept())
            defer { close(connection) }
            #expect(ListeningSocket.readableBytes(connection) == count)
            #expect(fcntl(connection, F_GETFD) & FD_CLOEXEC != 0)
            #expect(fcntl(connection, F_GETFL) & O_NONBLOCK != 0)
        }
        #expect(try socket.accept() == nil)
    }

    @Test func `a socket of our own is removed and one handed over is not`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        let own = try ListeningSocket(path: path)
        let other = try ListeningSocket(
            handedOver: HandedOverSocket(name: "ingest", descriptor: dup(own.descriptor)))
        #expect(own.path == path && other.path == nil)
        other.removeFile()
        #expect(access(path, F_OK) == 0)
        own.removeFile()
        #expect(access(path, F_OK) != 0)
    }

    @Test func `what does not listen is not taken over`() throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        let error = #expect(throws: SystemError.self) {
            try ListeningSocket(handedOver: HandedOverSocket(name: "ingest", descriptor: descriptor))
        }
        #expect(error?.code == EINVAL)
    }
}
