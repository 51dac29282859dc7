import Glibc
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackTestSupport
import Testing

@Suite struct CheckpointStoreTests {
    private let directory: TemporaryDirectory
    private let store: CheckpointStore

    init() throws {
        directory = try TemporaryDirectory()
        store = CheckpointStore(stateDirectory: directory.file("state"))
    }

    private func files(_ stream: String = "boiler") throws -> [String] {
        try LinuxFileSystem().entries(of: directory.file("state/\(stream)"))
    }

    @Test func `nothing is found where nothing was saved`() throws {
        let nothing = LoadResult(checkpoint: nil, path: nil, setAside: [])
        #expect(try store.loadNewest(stream: "boiler") == nothing)
        #expect(try store.storedStreams() == [])
        #expect(try store.setAside(stream: "boiler") == [])
        try store.remove(stream: "boiler")
    }

    @Test func `a stream is forgotten whatever position its checkpoint claims`() throws {
        var checkpoint = Samples.checkpoint()
        checkpoint.position = .max
        try store.save(checkpoint)
        #expect(try StoredStream.forget("boiler", stateDirectory: directory.file("state")) == checkpoint.step)
        #expect(try store.storedStreams() == [])
    }

    @Test func `the newest is loaded and two are kept`() throws {
        for step in [1, 9, 10, 100] as [UInt64] {
            let path = try store.save(Samples.checkpoint(step: step))
            #expect(path == directory.file("state/boiler/\(step).safetensors"))
            let result = try store.loadNewest(stream: "boiler")
            #expect(
                result
                    == LoadResult(
                        checkpoint: Samples.checkpoint(step: step), path: path, oldestPosition: 0,
                        setAside: []))
        }
        #expect(try files() == ["10.safetensors", "100.safetensors"])
    }

    @Test func `saving a step again replaces it`() throws {
        try store.save(Samples.checkpoint(step: 3))
        try store.save(Samples.checkpoint(step: 4, savedAt: 1))
        try store.save(Samples.checkpoint(step: 4, savedAt: 2))
        #expect(try store.loadNewest(stream: "boiler").checkpoint?.savedAt == 2)
        #expect(try files() == ["3.safetensors", "4.safetensors"])
    }

    @Test func `what was just saved is never removed`() throws {
        for step in [50, 60, 7] as [UInt64] { try store.save(Samples.checkpoint(step: step)) }
        #expect(try files().contains("7.safetensors"))
    }

    @Test func `state directories are for their owner only`() throws {
        try store.save(Samples.checkpoint())
        for path in ["state", "state/boiler"] {
            var status = stat()
            #expect(stat(directory.file(path), &status) == 0)
            #expect(status.st_mode & 0o777 == 0o700)
        }
    }

    enum Damage: CaseIterable {
        case empty, truncated, flipped, garbage, otherStream, otherStep, newer, link, directory
    }

    /// Puts a file that must not be used in the place of step 9.
    private func damage(_ kind: Damage) throws {
        let path = directory.file("state/boiler/9.safetensors")
        let good = Samples.checkpoint(step: 9).encoded()
        let bytes: [UInt8]
        switch kind {
        case .empty: bytes = []
        case .truncated: bytes = good.dropLast(1)
        case .flipped: bytes = good.dropLast(1) + [good[good.count - 1] ^ 0x40]
        case .garbage: bytes = Array("#!/bin/sh\necho hello".utf8)
        case .otherStream: bytes = Samples.checkpoint("pump", step: 9).encoded()
        case .otherStep: bytes = Samples.checkpoint(step: 8).encoded()
        case .newer:
            var file = try SafetensorsFile(decoding: good)
            file.metadata["format_version"] = "\(Checkpoint.formatVersion + 1)"
            bytes = file.encoded()
        case .link:
            #expect(symlink("9.safetensors", path) == 0)
            return
        case .directory:
            try Directory.create(path)
            return
        }
        try DurableFile.replace(path, contents: bytes)
    }

    @Test(arguments: Damage.allCases)
    func `a file that cannot be used is set aside and the one before it is loaded`(kind: Damage) throws {
        try store.save(Samples.checkpoint(step: 5))
        try damage(kind)
        let result = try store.loadNewest(stream: "boiler")
        #expect(result.checkpoint?.step == 5)
        #expect(result.setAside.map(\.path) == [directory.file("state/boiler/9.safetensors.corrupt")])
        #expect(result.setAside.first?.reason.isEmpty == false)
        #expect(try store.loadNewest(stream: "boiler").setAside == [])

        // The learner comes by step 9 again; nothing that was set aside is overwritten or removed.
        try store.save(Samples.checkpoint(step: 9))
        try store.save(Samples.checkpoint(step: 10))
        #expect(try files() == ["10.safetensors", "9.safetensors", "9.safetensors.corrupt"])
    }

    @Test func `several damaged files all stay, under names of their own`() throws {
        for round in 1...3 {
            try store.save(Samples.checkpoint(step: 9))
            try DurableFile.replace(directory.file("state/boiler/9.safetensors"), contents: [UInt8(round)])
            #expect(try store.loadNewest(stream: "boiler").checkpoint == nil)
        }
        let corrupt = ["9.safetensors.corrupt", "9.safetensors.corrupt.2", "9.safetensors.corrupt.3"]
        #expect(try files() == corrupt)
        for (index, name) in corrupt.enumerated() {
            #expect(try DurableFile.read(directory.file("state/boiler/\(name)")) == [UInt8(index + 1)])
        }
        #expect(try store.storedStreams() == [])
    }

    @Test func `files of other names are left alone`() throws {
        try store.save(Samples.checkpoint(step: 1))
        let others = ["07.safetensors", "+8.safetensors", "x.safetensors", "9.safetensors.bak", "notes"]
        for name in others { try DurableFile.replace(directory.file("state/boiler/\(name)"), contents: [1]) }
        #expect(try store.loadNewest(stream: "boiler").checkpoint?.step == 1)
        for step in 2...4 { try store.save(Samples.checkpoint(step: UInt64(step))) }
        #expect(try Set(files()).isSuperset(of: others))
    }

    @Test func `what a crash left half written is removed`() throws {
        try store.save(Samples.checkpoint(step: 1))
        try DurableFile.replace(directory.file("state/boiler/2.safetensors.tmp"), contents: [1, 2, 3])
        #expect(try store.loadNewest(stream: "boiler").checkpoint?.step == 1)
        #expect(try files() == ["1.safetensors"])
    }

    @Test func `checkpoints of another configuration step aside`() throws {
        try store.save(Samples.checkpoint(step: 1))
        try store.save(Samples.checkpoint(step: 2))
        #expect(
            try store.setAside(stream: "boiler") == [
                directory.file("state/boiler/2.safetensors.replaced"),
                directory.file("state/boiler/1.safetensors.replaced"),
            ])
        #expect(try store.loadNewest(stream: "boiler").checkpoint == nil)
    }

    @Test func `stored streams are those with checkpoints`() throws {
        for stream in ["boiler,site=a", "a/b", "..", "é"] { try store.save(Samples.checkpoint(stream)) }
        for name in ["empty", "%zz", ".removed-x"] { try Directory.create(directory.file("state/\(name)")) }
        try DurableFile.replace(directory.file("state/file"), contents: [])
        #expect(try store.storedStreams() == ["..", "é", "a/b", "boiler,site=a"])
    }

    @Test(arguments: ["..", ".", "../..", "../escaped", "/etc", "a/../../b", ".lock", "%2E", "x.tmp", "-"])
    func `hostile names stay in the state directory`(stream: String) throws {
        let path = try store.save(Samples.checkpoint(stream))
        #expect(try LinuxFileSystem().entries(of: directory.path) == ["state"])
        let entries = try LinuxFileSystem().entries(of: directory.file("state"))
        #expect(entries.count == 1)
        #expect(path == directory.file("state/\(entries[0])/7.safetensors"))
        #expect(try store.loadNewest(stream: stream).checkpoint?.stream == stream)
        try store.remove(stream: stream)
        #expect(try LinuxFileSystem().entries(of: directory.file("state")) == [])
    }

    @Test func `impossible names are refused`() throws {
        for stream in ["", "a\0b", String(repeating: "x", count: 300)] {
            let error = #expect(throws: SystemError.self) { try store.save(Samples.checkpoint(stream)) }
            #expect(error?.code == EINVAL)
        }
    }

    @Test func `two spellings of one Unicode name are one stream`() throws {
        try store.save(Samples.checkpoint("caf\u{E9}", step: 1))
        #expect(try store.loadNewest(stream: "cafe\u{301}").checkpoint?.step == 1)
        try store.save(Samples.checkpoint("cafe\u{301}", step: 2))
        #expect(try store.storedStreams().count == 1)
        try store.remove(stream: "cafe\u{301}")
        #expect(try store.storedStreams() == [])
    }

    @Test func `removing forgets everything of a stream and nothing of others`() throws {
        try store.save(Samples.checkpoint("a"))
        try store.save(Samples.checkpoint("b"))
        try DurableFile.replace(directory.file("state/a/1.safetensors.corrupt"), contents: [1])
        try store.remove(stream: "a")
        #expect(try store.storedStreams() == ["b"])
        #expect(try LinuxFileSystem().entries(of: directory.file("state")) == ["b"])
    }
}
