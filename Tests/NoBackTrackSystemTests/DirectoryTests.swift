import Glibc
import NoBackTrackSystem
import NoBackTrackTestSupport
import Testing

@Suite struct DirectoryTests {
    @Test func `missing parents are created for the owner only and each is made durable`() throws {
        let base = try TemporaryDirectory()
        let calls = FailingFileSystem()
        try Directory.create(base.file("a/b/c"), using: calls)
        for path in ["a", "a/b", "a/b/c"] {
            var status = stat()
            #expect(stat(base.file(path), &status) == 0)
            #expect(status.st_mode & 0o7777 == 0o700)
        }
        for parent in [base.path, base.file("a"), base.file("a/b")] {
            #expect(calls.calls.contains("fsync \(parent)"))
        }
    }

    @Test func `a directory that is there is left as it is`() throws {
        let base = try TemporaryDirectory()
        #expect(mkdir(base.file("a"), 0o755) == 0)
        #expect(symlink(base.file("a"), base.file("link")) == 0)
        for name in ["a", "a/", "link"] { try Directory.create(base.file(name)) }
        var status = stat()
        #expect(stat(base.file("a"), &status) == 0)
        #expect(status.st_mode & 0o777 == 0o755)
        try Directory.create("/")
        try Directory.create(".")
    }

    @Test func `something else in its place is an error that says so`() throws {
        let base = try TemporaryDirectory()
        try DurableFile.replace(base.file("a"), contents: [])
        for name in ["a", "a/b"] {
            let error = #expect(throws: SystemError.self) { try Directory.create(base.file(name)) }
            #expect(error?.code == ENOTDIR)
        }
    }

    @Test(arguments: 0..<9)
    func `whichever call fails, the next attempt makes everything durable`(call: Int) throws {
        let base = try TemporaryDirectory()
        let path = base.file("a/b")
        let failing = FailingFileSystem(.once(call: call, code: EIO))
        var failed = false
        do { try Directory.create(path, using: failing) } catch { failed = true }
        // Calls 4 and 8 close what was only opened to be synchronised.
        #expect(failed == ![4, 8].contains(call))
        let second = FailingFileSystem()
        try Directory.create(path, using: second)
        for parent in [base.path, base.file("a")] {
            let synchronized = "fsync \(parent)"
            // A call that failed is in the list too.
            let first = failing.calls.firstIndex(of: synchronized).map { $0 != call } ?? false
            #expect(first || second.calls.contains(synchronized))
        }
    }

    @Test func `file systems that cannot synchronise directories are accepted`() throws {
        let base = try TemporaryDirectory()
        try Directory.synchronize(base.path, using: FailingFileSystem(.once(call: 1, code: EINVAL)))
        #expect(throws: SystemError.self) {
            try Directory.synchronize(base.path, using: FailingFileSystem(.once(call: 1, code: EIO)))
        }
    }

    @Test(arguments: [
        ("/a/b", "/a"), ("/a", "/"), ("/", "/"), ("//", "/"), ("a", "."), ("a/b", "a"), ("a//b/", "a"),
        ("/a/b//", "/a"), ("", "."), ("./a", "."),
    ])
    func `the parent of a path`(path: String, parent: String) {
        #expect(Directory.parent(of: path) == parent)
    }
}
