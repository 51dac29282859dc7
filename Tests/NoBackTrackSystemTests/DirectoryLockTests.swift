import Glibc
import NoBackTrackSystem
import NoBackTrackTestSupport
import Testing

@Suite struct DirectoryLockTests {
    @Test func `a second lock is refused and the error names the holder`() throws {
        let base = try TemporaryDirectory()
        let path = base.file("state")
        let first = try DirectoryLock(directory: path)
        let calls = FailingFileSystem()
        let error = #expect(throws: SystemError.self) { _ = try DirectoryLock(directory: path, using: calls) }
        #expect(error?.code == EAGAIN)
        #expect(error?.description.contains("process \(getpid()) uses this directory") == true)
        #expect(calls.descriptorsLeftOpen(failedOpens: 0) == 0)
        withExtendedLifetime(first) {}
    }

    @Test func `the lock goes with its last reference`() throws {
        let base = try TemporaryDirectory()
        for _ in 0..<3 {
            let lock = try DirectoryLock(directory: base.path)
            #expect(lock.directory == base.path)
        }
    }

    @Test func `an interrupted lock is completed and released`() throws {
        let base = try TemporaryDirectory()
        let calls = FailingFileSystem(.interruptedAndShort)
        do { _ = try DirectoryLock(directory: base.path, using: calls) }
        #expect(try DurableFile.read(base.file(DirectoryLock.fileName)) == Array("\(getpid())\n".utf8))
        _ = try DirectoryLock(directory: base.path)
    }

    /// mkdir, open, close of the directory that is there; open and lock of the file.
    @Test(arguments: [0, 1, 3, 4])
    func `a failing call is reported and holds nothing`(call: Int) throws {
        let base = try TemporaryDirectory()
        let calls = FailingFileSystem(.once(call: call, code: EIO))
        let error = #expect(throws: SystemError.self) {
            _ = try DirectoryLock(directory: base.path, using: calls)
        }
        #expect(error?.code == EIO)
        _ = try DirectoryLock(directory: base.path, using: calls)
    }

    @Test(arguments: [5, 6])
    func `a full disk does not keep the lock from being taken`(call: Int) throws {
        let base = try TemporaryDirectory()
        let lock = try DirectoryLock(
            directory: base.path, using: FailingFileSystem(.once(call: call, code: ENOSPC)))
        let error = #expect(throws: SystemError.self) { _ = try DirectoryLock(directory: base.path) }
        #expect(error?.advice?.hasPrefix("another process uses") == true)
        withExtendedLifetime(lock) {}
    }
}
