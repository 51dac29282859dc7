import Glibc
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackTestSupport
import Testing

/// Every system call of the storage path fails, in turn, once and for good.
@Suite struct CheckpointStoreFaultTests {
    private let directory: TemporaryDirectory
    private let sound: CheckpointStore

    init() throws {
        directory = try TemporaryDirectory()
        sound = CheckpointStore(stateDirectory: directory.file("state"))
    }

    private func store(_ calls: FailingFileSystem) -> CheckpointStore {
        CheckpointStore(stateDirectory: directory.file("state"), fileSystem: calls)
    }

    private func files() throws -> [String] {
        try LinuxFileSystem().entries(of: directory.file("state/boiler"))
    }

    /// How many calls the operation makes when nothing fails, after the given preparation.
    private func calls(
        _ prepare: (CheckpointStore) throws -> Void, _ operation: (CheckpointStore) throws -> Void
    ) throws -> Int {
        try prepare(sound)
        let calls = FailingFileSystem()
        try operation(store(calls))
        try? sound.remove(stream: "boiler")
        return calls.calls.count
    }

    @Test(arguments: [EIO, ENOSPC, EROFS, EMFILE, EACCES], [false, true])
    func `a save that fails leaves the last good state`(code: Int32, forGood: Bool) throws {
        let prepare = { (store: CheckpointStore) in
            for step in [1, 2] as [UInt64] { try store.save(Samples.checkpoint(step: step)) }
        }
        let count = try calls(prepare) { try $0.save(Samples.checkpoint(step: 3)) }
        #expect(count > 10)
        for call in 0..<count {
            try prepare(sound)
            let failing = FailingFileSystem(
                forGood ? .fromThenOn(call: call, code: code) : .once(call: call, code: code))
            var saved = false
            do {
                try store(failing).save(Samples.checkpoint(step: 3))
                saved = true
            } catch {
                #expect(error.code == code)
            }
            let names = try files()
            if !forGood { #expect(!names.contains { $0.hasSuffix(DurableFile.temporarySuffix) }) }
            // Once the file has its name, it may be there although the save failed; before, never.
            let isRenamed = names.contains("3.safetensors")
            #expect(isRenamed || !saved)
            #expect(names.contains("2.safetensors"))
            let result = try sound.loadNewest(stream: "boiler")
            #expect(result.checkpoint == Samples.checkpoint(step: isRenamed ? 3 : 2))
            #expect(result.setAside == [])

            // When the fault ends, all is as if it had not been.
            failing.repair()
            try store(failing).save(Samples.checkpoint(step: 4))
            let last: [String] = try files()
            #expect(last == [isRenamed ? "3.safetensors" : "2.safetensors", "4.safetensors"])
            try sound.remove(stream: "boiler")
        }
    }

    @Test(arguments: [EIO, ENOSPC])
    func `a first save that fails leaves nothing that hinders the next`(code: Int32) throws {
        let count = try calls({ _ in }, { try $0.save(Samples.checkpoint(step: 1)) })
        for call in 0..<count {
            let failing = FailingFileSystem(.once(call: call, code: code))
            let saved = (try? store(failing).save(Samples.checkpoint(step: 1))) != nil
            #expect(try sound.loadNewest(stream: "boiler").checkpoint?.step == 1 || !saved)
            try sound.save(Samples.checkpoint(step: 2))
            #expect(try sound.loadNewest(stream: "boiler").checkpoint?.step == 2)
            try sound.remove(stream: "boiler")
        }
    }

    @Test func `interrupted calls and short writes make no difference`() throws {
        let calls = FailingFileSystem(.interruptedAndShort)
        try store(calls).save(Samples.checkpoint())
        #expect(try store(calls).loadNewest(stream: "boiler").checkpoint == Samples.checkpoint())
    }

    /// The newest of three files is damaged, so that loading renames too.
    @Test(arguments: [EIO, EMFILE, EACCES], [false, true])
    func `a load that fails loses no valid checkpoint`(code: Int32, forGood: Bool) throws {
        let prepare = { (store: CheckpointStore) in
            for step in [1, 2] as [UInt64] { try store.save(Samples.checkpoint(step: step)) }
            try DurableFile.replace(directory.file("state/boiler/3.safetensors"), contents: [1, 2, 3])
        }
        let count = try calls(prepare) { _ = try $0.loadNewest(stream: "boiler") }
        for call in 0..<count {
            try prepare(sound)
            let failing = FailingFileSystem(
                forGood ? .fromThenOn(call: call, code: code) : .once(call: call, code: code))
            if let result = try? store(failing).loadNewest(stream: "boiler") {
                // A file that the disk could not read has been set aside; that was no other error's right.
                #expect(result.checkpoint?.step == 2 || code == EIO && result.checkpoint?.step == 1)
            }
            let after = try sound.loadNewest(stream: "boiler").checkpoint?.step
            #expect(after == 2 || code == EIO && after == 1, "call \(call)")
            try sound.remove(stream: "boiler")
        }
    }

    @Test(arguments: [false, true])
    func `a removal that fails leaves the stream whole or gone`(forGood: Bool) throws {
        let prepare = { (store: CheckpointStore) in
            for step in [1, 2] as [UInt64] { try store.save(Samples.checkpoint(step: step)) }
        }
        let count = try calls(prepare) { try $0.remove(stream: "boiler") }
        for call in 0..<count {
            try prepare(sound)
            let failing = FailingFileSystem(
                forGood ? .fromThenOn(call: call, code: EIO) : .once(call: call, code: EIO))
            try? store(failing).remove(stream: "boiler")
            if try sound.storedStreams() == ["boiler"] {
                #expect(try files() == ["1.safetensors", "2.safetensors"])
            } else {
                #expect(try sound.loadNewest(stream: "boiler").checkpoint == nil)
            }
            try prepare(sound)
            try sound.remove(stream: "boiler")
            #expect(try LinuxFileSystem().entries(of: directory.file("state")) == [])
        }
    }
}
