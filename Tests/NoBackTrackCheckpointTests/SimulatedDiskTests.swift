import Glibc
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackTestSupport
import Synchronization
import Testing

/// What a power failure leaves on the simulated disk.
@Suite struct SimulatedDiskTests {
    private let disk = SimulatedDisk()
    private let seeds = 0..<200 as Range<UInt64>

    private func create(_ path: String) throws -> OpenFile {
        try disk.open(path, O_WRONLY | O_CREAT | O_APPEND, permissions: 0o600)
    }

    @Test func `behaves as a file system`() throws {
        try Directory.create("/a/b", using: disk)
        try DurableFile.replace("/a/b/c", contents: [1, 2, 3], using: disk)
        #expect(try DurableFile.read("/a/b/c", using: disk) == [1, 2, 3])
        #expect(try disk.entries(of: "/a/b") == ["c"])
        #expect(try disk.status(at: "/a/b/c")?.size == 3)
        #expect(try disk.status(at: "/none/there") == nil)
        #expect(throws: SystemError.self) { try disk.removeDirectory("/a/b") }
        let lock = try DirectoryLock(directory: "/a", using: disk)
        #expect(throws: SystemError.self) { try DirectoryLock(directory: "/a", using: disk) }
        withExtendedLifetime(lock) {}
        try disk.unlink("/a/b/c")
        try disk.removeDirectory("/a/b")
        #expect(try disk.status(at: "/a/b") == nil)
    }

    @Test func `what is synced is always there`() throws {
        try Directory.create("/a", using: disk)
        let contents = (0..<3000).map { UInt8(truncatingIfNeeded: $0) }
        try DurableFile.replace("/a/file", contents: contents, using: disk)
        let file = try create("/a/file")
        try DurableFile.writeAll([1, 2, 3], to: file, using: disk)
        for seed in seeds {
            let left = try DurableFile.read("/a/file", using: disk.crash(seed: seed))
            #expect(left.starts(with: contents), "seed \(seed)")
        }
    }

    @Test func `what is not synced is lost in any part`() throws {
        let file = try create("/file")
        try Directory.synchronize("/", using: disk)
        for number in 1...4 as ClosedRange<UInt8> {
            try DurableFile.writeAll(Array(repeating: number, count: 512), to: file, using: disk)
        }
        var kinds: Set<[Bool]> = []
        var isTorn = false
        for seed in seeds {
            let left = try DurableFile.read("/file", using: disk.crash(seed: seed))
            let blocks = (0..<4).map { block in left.dropFirst(512 * block).prefix(512) }
            kinds.insert(blocks.enumerated().map { number, block in block.last == UInt8(number + 1) })
            isTorn = isTorn || blocks.contains { $0.first != $0.last }
            for (number, block) in blocks.enumerated() {
                #expect(block.allSatisfy { $0 == 0 || $0 == UInt8(number + 1) }, "seed \(seed)")
            }
            #expect(try DurableFile.read("/file", using: disk.crash(seed: seed)) == left)
        }
        #expect(kinds.contains([true, true, true, true]) && kinds.contains([false, false, false, false]))
        #expect(kinds.contains([false, true, false, true]))
        #expect(isTorn)
    }

    @Test func `names are lost and kept each by itself`() throws {
        for name in ["a", "b"] {
            let file = try create("/\(name)")
            try disk.fsync(file)
        }
        try Directory.synchronize("/", using: disk)
        try disk.unlink("/a")
        try disk.rename("/b", to: "/c")
        _ = try create("/d")
        var seen: Set<[String]> = []
        for seed in seeds { seen.insert(try disk.crash(seed: seed).entries(of: "/")) }
        #expect(seen.count == 8)
        // A rename is one thing.
        #expect(seen.allSatisfy { $0.contains("b") != $0.contains("c") })
        try Directory.synchronize("/", using: disk)
        for seed in seeds { #expect(try disk.crash(seed: seed).entries(of: "/") == ["c", "d"]) }
    }

    @Test func `without power nothing happens`() throws {
        let file = try create("/file")
        let isLost = Mutex(false)
        disk.losePower(afterCalls: 1) { isLost.withLock { $0 = true } }
        try DurableFile.writeAll([1], to: file, using: disk)
        #expect(!isLost.withLock { $0 })
        #expect(throws: SystemError.self) { try disk.fsync(file) }
        #expect(isLost.withLock { $0 })
        #expect(throws: SystemError.self) { try disk.entries(of: "/") }
        let seen = Set(try seeds.map { try disk.crash(seed: $0).entries(of: "/").count })
        #expect(seen == [0, 1])
    }
}
