import Glibc
import NoBackTrackSystem
import NoBackTrackTestSupport
import Testing

@Suite struct DurableFileTests {
    private static let old = Array("the old contents".utf8)
    private static let new = Array("the new contents, which are longer".utf8)

    @Test func `a replacement goes by way of a temporary name and is made durable in this order`() throws {
        let directory = try TemporaryDirectory()
        let calls = FailingFileSystem()
        let path = directory.file("state")
        try DurableFile.replace(path, contents: Self.new, using: calls)
        #expect(
            calls.calls == [
                "open \(path).tmp", "write \(path).tmp", "fsync \(path).tmp", "close \(path).tmp",
                "rename \(path).tmp to \(path)", "open \(directory.path)", "fsync \(directory.path)",
                "close \(directory.path)",
            ])
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    /// The last three calls make the rename durable; until then the old contents must be there.
    @Test(arguments: 0..<8, [EIO, ENOSPC, EMFILE])
    func `whichever call fails, one complete file stays and no temporary one`(call: Int, code: Int32) throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("state")
        try DurableFile.replace(path, contents: Self.old)
        let calls = FailingFileSystem(.once(call: call, code: code))
        if call == 7 {
            try DurableFile.replace(path, contents: Self.new, using: calls)
        } else {
            let error = #expect(throws: SystemError.self) {
                try DurableFile.replace(path, contents: Self.new, using: calls)
            }
            #expect(error?.code == code)
        }
        #expect(try DurableFile.read(path) == (call < 5 ? Self.old : Self.new))
        #expect(try LinuxFileSystem().entries(of: directory.path) == ["state"])
        #expect(calls.descriptorsLeftOpen(failedOpens: call == 0 || call == 5 ? 1 : 0) == 0)

        try DurableFile.replace(path, contents: Self.new, using: calls)
        #expect(try DurableFile.read(path) == Self.new)
    }

    @Test(arguments: 0..<7)
    func `when the disk fails for good the last good state stays`(call: Int) throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("state")
        try DurableFile.replace(path, contents: Self.old)
        let calls = FailingFileSystem(.fromThenOn(call: call, code: EIO))
        #expect(throws: SystemError.self) { try DurableFile.replace(path, contents: Self.new, using: calls) }
        #expect(try DurableFile.read(path) == (call < 5 ? Self.old : Self.new))
        // The temporary file could not be removed; the next attempt after the repair must cope with it.
        calls.repair()
        try DurableFile.replace(path, contents: Self.new, using: calls)
        #expect(try LinuxFileSystem().entries(of: directory.path) == ["state"])
        #expect(try DurableFile.read(path) == Self.new)
    }

    @Test func `interrupted calls and short transfers are completed`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("state")
        let calls = FailingFileSystem(.interruptedAndShort)
        try DurableFile.replace(path, contents: Self.new, using: calls)
        #expect(try DurableFile.read(path, using: calls) == Self.new)
    }

    @Test func `empty contents are a file too`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("state")
        try DurableFile.replace(path, contents: [])
        #expect(try DurableFile.read(path) == [])
    }

    @Test func `a leftover link at the temporary name is not followed`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("state")
        let victim = directory.file("victim")
        try DurableFile.replace(victim, contents: Self.old)
        #expect(symlink(victim, path + DurableFile.temporarySuffix) == 0)
        #expect(throws: SystemError.self) { try DurableFile.replace(path, contents: Self.new) }
        #expect(try DurableFile.read(victim) == Self.old)
        try DurableFile.replace(path, contents: Self.new)
        #expect(try DurableFile.read(path) == Self.new)
        #expect(try DurableFile.read(victim) == Self.old)
    }

    @Test(arguments: 0..<3)
    func `a failing read is reported and leaves nothing open`(call: Int) throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("state")
        try DurableFile.replace(path, contents: Self.old)
        let calls = FailingFileSystem(.once(call: call, code: EIO))
        let error = #expect(throws: SystemError.self) { try DurableFile.read(path, using: calls) }
        #expect(error?.code == EIO)
        #expect(error?.path == path)
        #expect(calls.descriptorsLeftOpen(failedOpens: call == 0 ? 1 : 0) == 0)
    }

    @Test func `what is not a regular file is refused without waiting`() throws {
        let directory = try TemporaryDirectory()
        let pipe = directory.file("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        for path in [pipe, directory.path, "/dev/zero"] {
            let error = #expect(throws: SystemError.self) { try DurableFile.read(path) }
            #expect(error?.code == EINVAL)
        }
        let error = #expect(throws: SystemError.self) { try DurableFile.read(directory.file("nothing")) }
        #expect(error?.code == ENOENT)
    }

    @Test func `a file longer than the limit is refused before it is read`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("state")
        try DurableFile.replace(path, contents: Self.old)
        #expect(try DurableFile.read(path, maximumBytes: Self.old.count) == Self.old)
        let calls = FailingFileSystem()
        let error = #expect(throws: SystemError.self) {
            try DurableFile.read(path, maximumBytes: Self.old.count - 1, using: calls)
        }
        #expect(error?.code == EFBIG)
        #expect(!calls.calls.contains { $0.hasPrefix("read") })
    }
}

extension FailingFileSystem {
    /// Opens less closes, given how many opens failed.
    func descriptorsLeftOpen(failedOpens: Int) -> Int {
        calls.count { $0.hasPrefix("open ") } - failedOpens - calls.count { $0.hasPrefix("close ") }
    }
}
