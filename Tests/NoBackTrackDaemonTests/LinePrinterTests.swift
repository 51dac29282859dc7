import Glibc
import NoBackTrackSystem
import Synchronization
import Testing

@testable import NoBackTrackDaemon

@Suite struct LinePrinterTests {
    private final class Written: Sendable {
        let bytes = Mutex<[UInt8]>([])
        let failures = Mutex(0)
    }

    @Test func everythingIsPrintedInOrder() async {
        let written = Written()
        let printer = LinePrinter(
            write: { bytes in written.bytes.withLock { $0 += bytes } }, failed: { _ in })
        var expected: [UInt8] = []
        for number in 0..<20_000 {
            let line = Array("line \(number)\n".utf8)
            expected += line
            printer.enqueue(line)
            await printer.room()
        }
        await printer.end()
        #expect(written.bytes.withLock { $0 } == expected)
    }

    @Test func failureIsToldOnceAndNobodyWaits() async {
        let written = Written()
        let printer = LinePrinter(
            write: { _ throws(SystemError) in throw SystemError(call: "write", path: nil, code: EPIPE) },
            failed: { error in written.failures.withLock { $0 += error.code == EPIPE ? 1 : 100 } })
        for _ in 0..<10 {
            printer.enqueue([UInt8](repeating: 65, count: 100_000))
            await printer.room()
        }
        await printer.end()
        #expect(written.failures.withLock { $0 } == 1)
    }

    @Test func readerThatDoesNotReadIsGivenUp() async throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let printer = LinePrinter(
            write: { [writer = ends[1]] bytes throws(SystemError) in
                try DurableFile.writeAll(
                    bytes, to: OpenFile(descriptor: writer, path: "pipe"), using: LinuxFileSystem())
            }, failed: { _ in })
        printer.enqueue([UInt8](repeating: 65, count: 1_000_000))
        printer.enqueue([UInt8](repeating: 65, count: 1_000_000))
        #expect(printer.abandonedLines == 0)
        async let room: Void = printer.room()
        async let ended: Void = printer.end()
        printer.abandon()
        await room
        await ended
        printer.enqueue(Array("one\ntwo\n".utf8))
        #expect(printer.abandonedLines >= 2)
        // Lets the printer's thread end.
        close(ends[0])
    }
}
