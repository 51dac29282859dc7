import Glibc
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackTestSupport
import Testing

@testable import NoBackTrackDaemon

/// What Tests/Crash has found, each in the small.
@Suite struct CrashFindingTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func block() -> JournalBlockWriter {
        var block = JournalBlockWriter()
        let stream = block.add(stream: "s")
        block.learning(stream: stream, position: 0, isLearning: false)
        return block
    }

    @Test func `without a first segment nothing passes for written`() throws {
        let failing = FailingFileSystem(.fromThenOn(call: 0, code: ENOSPC))
        let journal = Journal(
            store: JournalStore(stateDirectory: directory.file("state"), fileSystem: failing),
            segmentBytes: 1 << 20)
        #expect(throws: SystemError.self) { try journal.reopen() }
        #expect(journal.failure?.code == ENOSPC)
        var block = block()
        #expect(throws: SystemError.self) { try journal.append(&block) }
        failing.repair()
        try journal.reopen()
        #expect(journal.failure == nil)
        try journal.append(&block)
        #expect(journal.accepted == 1)
    }

    @Test func `a full segment that none can follow is written to`() throws {
        let calls = FailingFileSystem()
        let journal = Journal(
            store: JournalStore(stateDirectory: directory.file("state"), fileSystem: calls), segmentBytes: 1)
        try journal.reopen()
        #expect(journal.isSegmentFull)
        // A segment's name that is taken stands for a directory that takes no further one.
        let sound = LinuxFileSystem()
        try sound.unlink(journal.store.path(of: 1))
        try sound.removeDirectory(journal.store.directory)
        let file = try sound.open(journal.store.directory, O_WRONLY | O_CREAT, permissions: 0o600)
        try sound.close(file)
        #expect(throws: SystemError.self) { try journal.reopen() }
        #expect(journal.failure == nil)
        var block = block()
        try journal.append(&block)
        #expect(journal.accepted == 1)
    }

    @Test func `what a stream had done before it was forgotten is not missed after a crash`() async throws {
        let records = LogRecord()
        let journal = Journal(
            store: JournalStore(stateDirectory: directory.file("state")), segmentBytes: 1 << 20)
        try journal.reopen()
        // As it is when the checkpoint up to position 5, and the files with it, went before the crash.
        var block = JournalBlockWriter()
        let stream = block.add(stream: "s")
        block.learning(stream: stream, position: 5, isLearning: false)
        block.learning(stream: stream, position: 6, isLearning: true)
        block.reset(stream: stream, position: 7)
        try journal.append(&block)
        let daemon = try await RunningDaemon(in: directory, logger: records.logger)
        try await daemon.stop()
        #expect(!records.lines.contains { $0.contains("missing") }, "\(records.lines)")
    }
}
