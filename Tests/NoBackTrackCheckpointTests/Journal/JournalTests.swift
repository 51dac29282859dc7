import Glibc
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackTestSupport
import Testing

/// The journal's segments as they are written and read.
@Suite struct JournalTests {
    private let disk = SimulatedDisk()

    private func store(_ calls: any FileSystemCalls) -> JournalStore {
        JournalStore(stateDirectory: "/state", fileSystem: calls)
    }

    private func journal(segmentBytes: Int = 1 << 20) throws -> Journal {
        let journal = Journal(store: store(disk), segmentBytes: segmentBytes)
        try journal.reopen()
        return journal
    }

    /// Blocks of random entries, written to the journal.
    private func write(
        _ count: Int, to journal: Journal, _ generator: inout SeededGenerator
    ) throws -> [[RandomEntry]] {
        var writer = JournalBlockWriter()
        var blocks: [[RandomEntry]] = []
        for number in 0..<count {
            var entries = (0..<Int.random(in: 1..<6, using: &generator)).map { place in
                RandomEntry(position: UInt64(number * 10 + place), &generator)
            }
            // A block of streams that begin and nothing else is not made.
            if !entries.contains(where: { $0.entry.kind != .begin }) { entries[0].entry.kind = .reset }
            if entries[0].entry.kind == .reset, entries[0].entry.count > 0 || entries[0].entry.flag {
                entries[0].entry.count = 0
                entries[0].entry.flag = false
                entries[0].channels = []
            }
            RandomEntry.write(entries, to: &writer)
            try journal.append(&writer)
            blocks.append(entries)
        }
        return blocks
    }

    /// The blocks of a segment's bytes, and how it ends.
    private func read(
        _ bytes: [UInt8], segment: UInt64 = 1
    ) throws -> (blocks: [[RandomEntry]], end: JournalSegmentReader.End) {
        var reader = try JournalSegmentReader(bytes, segment: segment)
        var blocks: [[RandomEntry]] = []
        while let block = reader.next() { blocks.append(RandomEntry.all(of: block)) }
        return (blocks, reader.end)
    }

    private func bytes(_ segment: UInt64 = 1) throws -> [UInt8] {
        try DurableFile.read(store(disk).path(of: segment), using: disk)
    }

    /// A sample of a stream as a block.
    private func append(_ position: UInt64, of stream: String = "a", to journal: Journal) throws {
        var writer = JournalBlockWriter()
        let number = writer.add(stream: stream)
        let values = [1.5, .nan]
        writer.sample(
            stream: number, position: position, time: nil, sequence: nil, source: nil, values: values.span)
        try journal.append(&writer)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `what is written is read`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let journal = try journal()
        let written = try write(30, to: journal, &generator)
        let (blocks, end) = try read(bytes())
        #expect(blocks == written, "\(generator)")
        #expect(end == .complete)
        #expect(journal.accepted == UInt64(written.joined().filter { $0.entry.kind != .begin }.count))
        #expect(journal.size == (1, try bytes().count))
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func `a segment that is cut has its first blocks`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let written = try write(6, to: try journal(), &generator)
        let whole = try bytes()
        for count in 0..<whole.count {
            let (blocks, end) = try read(Array(whole[..<count]))
            #expect(blocks == Array(written.prefix(blocks.count)), "\(generator), \(count) bytes")
            // Only where a block ends nobody can tell.
            if case .complete = end {
                let again = try read(Array(whole[..<(count + 1)]))
                #expect(again.blocks == blocks)
            }
        }
    }

    @Test(arguments: 1...2 as ClosedRange<UInt64>)
    func `a bit that flips costs its block and gives no other`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let written = try write(4, to: try journal(), &generator)
        let whole = try bytes()
        for place in whole.indices {
            for bit in 0..<8 {
                var bytes = whole
                bytes[place] ^= 1 << UInt8(bit)
                guard let (blocks, end) = try? read(bytes) else {
                    #expect(place < JournalFormat.headerBytes)
                    continue
                }
                #expect(place >= JournalFormat.headerBytes)
                #expect(end != .complete)
                #expect(blocks.count < written.count)
                // In their order, each as it was written.
                var rest = written[...]
                for block in blocks {
                    guard let next = rest.firstIndex(of: block) else {
                        Issue.record("a block that was not written: \(generator), bit \(bit) of \(place)")
                        break
                    }
                    rest = rest[(next + 1)...]
                }
            }
        }
    }

    @Test func `a block does not count elsewhere`() throws {
        var generator = SeededGenerator(seed: 3)
        let journal = try journal()
        let first = try write(2, to: journal, &generator)
        try journal.reopen()
        _ = try write(2, to: journal, &generator)
        let header = JournalFormat.headerBytes
        // The blocks of one segment behind the head of another, and a block twice.
        #expect(try read(Array(bytes(2)[..<header] + bytes(1)[header...]), segment: 2).blocks.isEmpty)
        let whole = try bytes(1)
        #expect(try read(whole + whole[header...]).blocks == first)
    }

    @Test func `foreign, damaged and newer segments say what they are`() throws {
        _ = try journal()
        let whole = try bytes()
        func reason(_ change: (inout [UInt8]) -> Void, segment: UInt64 = 1) -> JournalError? {
            var bytes = whole
            change(&bytes)
            do throws(JournalError) {
                _ = try JournalSegmentReader(bytes, segment: segment)
                return nil
            } catch {
                return error
            }
        }
        func seal(_ bytes: inout [UInt8]) {
            var checksum = CRC64()
            checksum.update(bytes.span.extracting(0..<24))
            for place in 0..<8 {
                bytes[24 + place] = UInt8(truncatingIfNeeded: checksum.value >> UInt64(8 * place))
            }
        }
        #expect(reason { _ in } == nil)
        #expect(reason { $0[0] ^= 1 } == .foreign("it does not begin as one"))
        #expect(reason { $0[8] = 2 } == .damaged("wrong checksum of its head"))
        #expect(
            reason {
                $0[8] = 2
                seal(&$0)
            } == .newerFormat(2))
        #expect(
            reason {
                $0[8] = 0
                seal(&$0)
            } == .damaged("format version 0"))
        #expect(reason({ _ in }, segment: 2) == .foreign("it is segment 1"))
        #expect(reason { $0.removeLast() } == nil)
    }

    @Test func `a full segment is followed by another`() throws {
        let journal = try journal(segmentBytes: 200)
        var position: UInt64 = 0
        for segments in 1..<4 {
            while !journal.isSegmentFull {
                try append(position, to: journal)
                position += 1
            }
            #expect(journal.size.segments == segments)
            #expect(try journal.reopen() == position)
        }
        try journal.sync()
        #expect(journal.durable == position)
        #expect(try store(disk).segments() == [1, 2, 3, 4])
        let positions = try (1...4 as ClosedRange<UInt64>).flatMap {
            try read(bytes($0), segment: $0).blocks.joined()
        }
        .map(\.entry.position)
        #expect(positions == Array(0..<position))
    }

    @Test func `segments go when checkpoints have all of them, the oldest first`() throws {
        let journal = try journal()
        try append(0, of: "a", to: journal)
        try append(0, of: "b", to: journal)
        try journal.reopen()
        try append(1, of: "b", to: journal)
        try journal.reopen()
        try journal.removeCovered()
        #expect(try store(disk).segments() == [1, 2, 3])
        #expect(journal.pinning == ["a", "b"])
        journal.cover("b", before: 2)
        #expect(journal.pinning == ["a"])
        try journal.removeCovered()
        #expect(try store(disk).segments() == [1, 2, 3])
        journal.coverOldestSegment(of: "a")
        #expect(journal.pinning == [])
        try journal.removeCovered()
        // The newest stays whatever it has.
        #expect(try store(disk).segments() == [3])
        // What was removed does not come back.
        for seed in 0..<20 as Range<UInt64> {
            #expect(try store(disk.crash(seed: seed)).segments() == [3])
        }
        // Their numbers are not given again while they could be.
        #expect(try journal.reopen() == 3)
        #expect(try store(disk).segments() == [3, 4])
    }

    @Test func `what cannot be written is a gap until checkpoints have it`() throws {
        let calls = FailingFileSystem()
        let directory = try TemporaryDirectory()
        let journal = Journal(
            store: JournalStore(stateDirectory: directory.path, fileSystem: calls), segmentBytes: 1 << 20)
        try journal.reopen()
        try append(0, to: journal)
        try journal.sync()
        #expect(journal.durable == 1)
        calls.fail(.fromThenOn(call: calls.calls.count, code: ENOSPC))
        #expect(throws: SystemError.self) { try append(1, to: journal) }
        #expect(journal.failure?.code == ENOSPC)
        journal.skip(1)
        #expect(throws: SystemError.self) { try append(2, to: journal) }
        journal.skip(1)
        #expect(throws: SystemError.self) { try journal.reopen() }
        #expect(journal.hasGap)
        calls.repair()
        #expect(try journal.reopen() == 3)
        try append(3, to: journal)
        try journal.sync()
        #expect(journal.failure == nil && journal.hasGap)
        #expect(journal.durable == 1)
        // Too few of them.
        journal.healed(upTo: 2)
        #expect(journal.hasGap && journal.durable == 1)
        journal.healed(upTo: 3)
        #expect(!journal.hasGap && journal.durable == 3)
        try journal.sync()
        #expect(journal.durable == 4)
    }

    @Test func `nothing counts as written where no segment could be begun`() throws {
        let calls = FailingFileSystem(.fromThenOn(call: 0, code: EROFS))
        let directory = try TemporaryDirectory()
        let journal = Journal(
            store: JournalStore(stateDirectory: directory.path, fileSystem: calls), segmentBytes: 1 << 20)
        #expect(throws: SystemError.self) { try journal.reopen() }
        #expect(journal.failure?.code == EROFS)
        #expect(throws: SystemError.self) { try append(0, to: journal) }
        journal.skip(1)
        calls.repair()
        try journal.reopen()
        try journal.sync()
        #expect(journal.accepted == 1 && journal.durable == 0)
    }

    @Test func `a sync that fails makes nothing durable`() throws {
        let calls = FailingFileSystem()
        let directory = try TemporaryDirectory()
        let journal = Journal(
            store: JournalStore(stateDirectory: directory.path, fileSystem: calls), segmentBytes: 1 << 20)
        try journal.reopen()
        try append(0, to: journal)
        calls.fail(.once(call: calls.calls.count, code: EIO))
        #expect(throws: SystemError.self) { try journal.sync() }
        #expect(journal.durable == 0 && journal.hasGap && journal.failure?.code == EIO)
        // The kernel would report success now.
        try? journal.sync()
        #expect(journal.durable == 0)
        try journal.reopen()
        try journal.sync()
        #expect(journal.durable == 0)
        journal.healed(upTo: 1)
        #expect(journal.durable == 1)
    }

    @Test func `a block that is written in part is none`() throws {
        let journal = try journal()
        try append(0, to: journal)
        try journal.sync()
        let before = try bytes().count
        // A later one is read all the same, and its segment said to be damaged.
        try append(1, to: journal)
        let middle = try bytes().count
        try append(2, to: journal)
        var whole = try bytes()
        for place in before + 20..<middle { whole[place] = 0 }
        let (blocks, end) = try read(whole)
        #expect(blocks.joined().map(\.entry.position) == [0, 2])
        #expect(end == .damaged(offset: before))
        #expect(try read(Array(whole[..<middle])).end == .torn(offset: before))
    }

    @Test func `a directory that vanishes is a failure`() throws {
        let calls = FailingFileSystem()
        let directory = try TemporaryDirectory()
        let store = JournalStore(stateDirectory: directory.file("state"), fileSystem: calls)
        let journal = Journal(store: store, segmentBytes: 1 << 20)
        try journal.reopen()
        try append(0, to: journal)
        #expect(journal.checkPresence())
        try LinuxFileSystem().unlink(store.path(of: 1))
        #expect(!journal.checkPresence())
        #expect(journal.failure?.code == ENOENT && journal.hasGap)
        try journal.reopen()
        #expect(journal.checkPresence())
    }
}
