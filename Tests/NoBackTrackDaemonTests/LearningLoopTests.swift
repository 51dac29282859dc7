import Glibc
import Logging
import NIOCore
import NIOPosix
import NoBackTrackCheckpoint
import NoBackTrackTestSupport
import Synchronization
import Testing

@testable import NoBackTrackDaemon

@Suite struct LearningLoopTests {
    /// Says that something has happened.
    private final class Mark: Sendable {
        private let state = Atomic(false)
        var isSet: Bool { state.load(ordering: .sequentiallyConsistent) }
        func set() { state.store(true, ordering: .sequentiallyConsistent) }
    }

    /// What the watchdog is told stands for all threads: one that hangs is not made up for by the others.
    @Test func beatWaitsForEveryThread() async throws {
        let directory = try TemporaryDirectory()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let learners = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let others = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoops = Array(learners.makeIterator())
        let storage = StorageWatch(policy: .continue, logger: logger, stop: { _ in })
        let journal = Journal(
            store: JournalStore(stateDirectory: directory.file("state")), segmentBytes: 1 << 20)
        let learning = LearningLoop(
            settings: LearningSettings(configuration: DaemonConfiguration()),
            writer: CheckpointWriter(
                store: CheckpointStore(stateDirectory: directory.file("state")), journal: journal,
                storage: storage,
                eventLoop: others.next(), logger: logger),
            keeper: JournalKeeper(
                journal: journal, configuration: DaemonConfiguration.Journal(), storage: storage,
                eventLoop: others.next(), logger: logger),
            storage: storage, printer: nil,
            publisher: EventPublisher(eventLoop: others.next(), learners: eventLoops.count),
            eventLoops: eventLoops.map { $0 as any EventLoop }, eventLoop: others.next(), logger: logger)
        await learning.beat()

        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        eventLoops[1].execute { [reader = ends[0]] in
            // Hangs until there is something to read.
            var byte: UInt8 = 0
            _ = read(reader, &byte, 1)
        }
        let mark = Mark()
        async let beat: Void = {
            await learning.beat()
            mark.set()
        }()
        await learning.threads[0].beat()
        #expect(!mark.isSet)
        var byte: UInt8 = 0
        #expect(write(ends[1], &byte, 1) == 1)
        await beat
        #expect(mark.isSet)
        for end in ends { close(end) }
        try await learners.shutdownGracefully()
        try await others.shutdownGracefully()
    }
}
