import Glibc
import NoBackTrackSystem
import NoBackTrackTestSupport
import Testing

@Suite struct MemoryPressureWatchTests {
    @Test func aPipeTells() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("pressure")
        try #require(mkfifo(path, 0o600) == 0)
        let watch = try MemoryPressureWatch(path: path, request: [])
        for _ in 0..<3 {
            let writer = open(path, O_WRONLY | O_CLOEXEC)
            #expect(write(writer, "x", 1) == 1)
            close(writer)
            // That its writer has gone is not the end of it.
            #expect(watch.next())
        }
        watch.cancel()
        #expect(!watch.next())
    }

    @Test func aSocketGetsTheRequestAndTells() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("pressure")
        let listener = try ListeningSocket(path: path)
        let watch = try MemoryPressureWatch(path: path, request: Array("some 1 2".utf8))
        let peer = try #require(try listener.accept())
        defer { close(peer) }
        var bytes = [UInt8](repeating: 0, count: 64)
        #expect(read(peer, &bytes, bytes.count) == 8)
        #expect(String(decoding: bytes.prefix(8), as: UTF8.self) == "some 1 2")
        #expect(write(peer, "x", 1) == 1)
        #expect(watch.next())
        shutdown(peer, Int32(SHUT_RDWR))
        #expect(!watch.next())
    }

    /// What the kernel tells of pressure, where it does.
    private static let kernelFile = "/proc/pressure/memory"

    @Test(.enabled(if: access(kernelFile, R_OK | W_OK) == 0))
    func aFileOfTheKernelThatNothingIsAskedOfEndsTheWatch() async throws {
        let watch = try MemoryPressureWatch(path: Self.kernelFile, request: [])
        // It has an error for ever, beside urgent data.
        #expect(await onThread { watch.next() } == false)
    }

    @Test(.enabled(if: access(kernelFile, R_OK | W_OK) == 0))
    func aFileOfTheKernelIsWatched() async throws {
        // Two seconds is the window that everybody may ask for; it is all of it that has to be lost, so nothing comes.
        let watch = try MemoryPressureWatch(
            path: Self.kernelFile, request: Array("full 2000000 2000000\0".utf8))
        async let answer = onThread { watch.next() }
        watch.cancel()
        #expect(await !answer)
    }

    @Test func cancelEndsTheWait() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("pressure")
        try #require(mkfifo(path, 0o600) == 0)
        let watch = try MemoryPressureWatch(path: path, request: [])
        async let answer = onThread { watch.next() }
        watch.cancel()
        #expect(await !answer)
    }

    @Test func whatIsNotThereIsNamed() throws {
        let directory = try TemporaryDirectory()
        #expect(throws: SystemError.self) {
            _ = try MemoryPressureWatch(path: directory.file("nowhere"), request: [])
        }
    }
}
