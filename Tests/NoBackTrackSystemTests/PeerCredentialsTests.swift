import Glibc
import NoBackTrackSystem
import NoBackTrackTestSupport
import Testing

@Suite struct PeerCredentialsTests {
    @Test func `both ends of a connection know each other`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        let listener = UnixSockets.bound(path)
        defer { close(listener) }
        let client = UnixSockets.connected(path)
        defer { close(client) }
        let server = accept(listener, nil, nil)
        defer { close(server) }
        let me = PeerCredentials(uid: getuid(), gid: getgid(), pid: getpid())
        #expect(try PeerCredentials(ofSocket: server) == me)
        #expect(try PeerCredentials(ofSocket: client) == me)
    }

    @Test func `what has no peer is an error`() throws {
        let unconnected = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(unconnected) }
        let internet = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(internet) }
        let file = open("/dev/null", O_RDONLY)
        defer { close(file) }
        for (descriptor, code) in [
            (unconnected, ENOTCONN), (internet, ENOTCONN), (file, ENOTSOCK), (-1, EBADF),
        ] {
            let error = #expect(throws: SystemError.self) { try PeerCredentials(ofSocket: descriptor) }
            #expect(error?.code == code)
        }
    }
}
