import Glibc
import NoBackTrackSystem
import NoBackTrackTestSupport
import Testing

@Suite struct UnixSocketPathTests {
    @Test func `a free path is claimed and its directory created`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("run/nobacktrackd/ingest.sock")
        let claim = try UnixSocketPath.claim(path)
        #expect(claim.path == path)
        let listener = UnixSockets.bound(path)
        defer { close(listener) }
        claim.didBind()
        claim.remove()
        #expect(try LinuxFileSystem().status(at: path) == nil)
    }

    @Test func `a stale socket is removed`() throws {
        let directory = try TemporaryDirectory()
        for backlog in [8, nil] as [Int32?] {
            let path = directory.file("s")
            close(UnixSockets.bound(path, backlog: backlog))
            _ = try UnixSocketPath.claim(path)
            #expect(try LinuxFileSystem().status(at: path) == nil)
        }
    }

    @Test(arguments: ["listening", "full", "datagram"])
    func `a living socket is never removed`(kind: String) throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        let listener = UnixSockets.bound(
            path, type: kind == "datagram" ? SOCK_DGRAM : SOCK_STREAM, backlog: 0)
        defer { close(listener) }
        var clients: [Int32] = []
        while kind == "full", case let client = UnixSockets.connected(path), client >= 0 {
            clients.append(client)
        }
        defer { for client in clients { close(client) } }
        let error = #expect(throws: SystemError.self) { _ = try UnixSocketPath.claim(path) }
        #expect(error?.code == EADDRINUSE)
        #expect(try LinuxFileSystem().status(at: path)?.kind == .socket)
    }

    @Test func `what is not a socket is never removed`() throws {
        let directory = try TemporaryDirectory()
        try DurableFile.replace(directory.file("file"), contents: [1])
        try Directory.create(directory.file("directory"))
        #expect(symlink("/nowhere", directory.file("link")) == 0)
        for name in ["file", "directory", "link"] {
            let path = directory.file(name)
            let before = try LinuxFileSystem().status(at: path)
            let error = #expect(throws: SystemError.self) { _ = try UnixSocketPath.claim(path) }
            #expect(error?.code == EEXIST)
            #expect(try LinuxFileSystem().status(at: path) == before)
        }
    }

    @Test func `paths that no socket can have are refused with the limit`() throws {
        let directory = try TemporaryDirectory()
        let room = UnixSocketPath.maximumBytes - directory.path.utf8.count - 1
        let longest = directory.file(String(repeating: "s", count: room))
        let claim = try UnixSocketPath.claim(longest)
        close(UnixSockets.bound(longest))
        claim.didBind()
        let error = #expect(throws: SystemError.self) { _ = try UnixSocketPath.claim(longest + "s") }
        #expect(error?.code == ENAMETOOLONG)
        #expect(error?.description.contains("107") == true)
        for path in ["", "a\0b"] {
            #expect(throws: SystemError.self) { _ = try UnixSocketPath.claim(path) }
        }
    }

    @Test func `a second claim in the directory waits until the first is bound`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        let first = try UnixSocketPath.claim(path)
        let second = Task { await onThread { Result { try UnixSocketPath.claim(path) } } }
        let listener = UnixSockets.bound(path)
        defer { close(listener) }
        first.didBind()
        let outcome = await second.value
        let error = #expect(throws: SystemError.self) { _ = try outcome.get() }
        #expect(error?.code == EADDRINUSE)
    }

    @Test func `a successor's socket is not removed`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        let claim = try UnixSocketPath.claim(path)
        let mine = UnixSockets.bound(path)
        defer { close(mine) }
        claim.didBind()
        unlink(path)
        // On most file systems the number of a removed file is given away again at once.
        try DurableFile.replace(directory.file("place holder"), contents: [])
        let successor = UnixSockets.bound(path)
        defer { close(successor) }
        claim.remove()
        #expect(try LinuxFileSystem().status(at: path)?.kind == .socket)
    }

    @Test func `a path that was never bound is not removed`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        let claim = try UnixSocketPath.claim(path)
        let other = UnixSockets.bound(path)
        defer { close(other) }
        claim.remove()
        #expect(try LinuxFileSystem().status(at: path) != nil)
    }
}
