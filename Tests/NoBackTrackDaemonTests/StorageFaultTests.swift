import Glibc
import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackDaemon
import NoBackTrackSystem
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

/// System calls of the storage path fail while a daemon runs on it; when they work again, so does all.
@Suite struct StorageFaultTests {
    private static let count = 90
    /// Every which call fails in turn; 1 takes some minutes.
    private static let stride =
        getenv("NOBACKTRACKD_FAULT_STRIDE").flatMap { Int(String(cString: $0)) }.map { max($0, 1) } ?? 6

    private static func configure(
        _ configuration: inout DaemonConfiguration, _ policy: DaemonConfiguration.StorageFailurePolicy
    ) {
        configuration.learner.learner.hiddenUnits = 2
        configuration.learner.learner.lags = 1
        configuration.learner.learner.horizons = [1]
        configuration.learner.learner.longestSeason = 4
        configuration.checkpoint.intervalSamples = 25
        configuration.checkpoint.onStorageFailure = policy
        configuration.ingest.ack = .durable
        configuration.journal.maxBytes = 4096
        configuration.journal.syncIntervalMilliseconds = 5
    }

    /// The state when all samples are settled, while a fault begins at a call and is repaired once it was met.
    private func state(
        _ fault: FailingFileSystem.Fault?, _ policy: DaemonConfiguration.StorageFailurePolicy
    ) async throws -> (bytes: [UInt8]?, calls: Int) {
        let calls = FailingFileSystem()
        let directory = try TemporaryDirectory()
        var daemon = try await RunningDaemon(in: directory, fileSystem: calls) {
            Self.configure(&$0, policy)
        }
        let first = calls.calls.count
        if let fault { calls.fail(fault.moved(by: first)) }
        var producer = ResendingProducer(stream: "a", count: Self.count)
        let repair = Task { [daemon] in
            let client = try daemon.client()
            while !Task.isCancelled {
                let status = try await client.ask(#"{"op":"status"}"#, as: StatusMessage.self)
                if status.storage?.state == .failing { break }
            }
            calls.repair()
        }
        try await producer.run(daemon)
        repair.cancel()
        try? await repair.value
        calls.repair()
        if policy == .exit, fault != nil {
            // It has ended by itself, unless the call was none of its own; a service manager starts it again.
            do { try await daemon.stop() } catch let failure as DaemonFailure {
                #expect(failure.code == .inputOutput)
            }
            daemon = try await RunningDaemon(in: directory, fileSystem: calls) {
                Self.configure(&$0, policy)
            }
            try await producer.run(daemon)
        }
        #expect(producer.isDone)
        try await daemon.stop()
        let count = calls.calls.count - first
        let result = try daemon.store.loadNewest(stream: "a")
        #expect(result.setAside == [])
        return (try daemon.checkpoint("a")?.encoded(), count)
    }

    @Test(arguments: DaemonConfiguration.StorageFailurePolicy.allCases)
    func `a call that fails holds up acknowledgements and loses nothing`(
        policy: DaemonConfiguration.StorageFailurePolicy
    ) async throws {
        let (expected, count) = try await state(nil, policy)
        print("\(policy): one of \(count) calls fails, in steps of \(Self.stride)")
        for (number, call) in Swift.stride(from: 0, to: count, by: Self.stride).enumerated() {
            let code = [ENOSPC, EIO, EROFS, EMFILE][number % 4]
            for fault: FailingFileSystem.Fault in [
                .once(call: call, code: code), .fromThenOn(call: call, code: code),
            ] {
                #expect(try await state(fault, policy).bytes == expected, "\(policy), \(fault)")
            }
        }
    }

    @Test
    func `a stream that none can make room for waits for the disk, or is refused where learning goes on`()
        async throws
    {
        for policy in [DaemonConfiguration.StorageFailurePolicy.stopLearning, .continue] {
            let calls = FailingFileSystem()
            let daemon = try await RunningDaemon(fileSystem: calls) {
                Self.configure(&$0, policy)
                $0.checkpoint.intervalSamples = 0
                $0.streams.max = 1
            }
            let producer = try daemon.producer()
            try await producer.send("{\"stream\":\"a\",\"x\":1}\n")
            while try await producer.line() != "{\"ack\":1}" {}
            calls.fail(.fromThenOn(call: calls.calls.count, code: ENOSPC))
            try await producer.send("{\"stream\":\"b\",\"x\":1}\n")
            let client = try daemon.client()
            let deadline = TestConditions.deadline
            while try await client.ask(#"{"op":"status"}"#, as: StatusMessage.self).storage?.state != .failing
            {
                guard Clocks.monotonicNanoseconds() < deadline else { throw Timeout("a failure") }
            }
            if policy == .continue {
                #expect(try await producer.line()?.contains("too_many_streams") == true)
            }
            calls.repair()
            producer.closeWriting()
            let lines = try await producer.lines()
            #expect(lines == [policy == .continue ? "{\"ack\":1,\"refused\":1}" : "{\"ack\":2}"])
            try await daemon.stop()
        }
    }

    @Test func `a state directory that vanishes is made anew with all streams`() async throws {
        let daemon = try await RunningDaemon { Self.configure(&$0, .continue) }
        var first = ResendingProducer(stream: "a", count: Self.count)
        try await first.run(daemon)
        let system = LinuxFileSystem()
        let state = daemon.directory.file("state")
        // By one rename, as the daemon would write into what is being removed.
        try system.rename(state, to: daemon.directory.file("removed"))
        let client = try daemon.client()
        let deadline = TestConditions.deadline
        while true {
            let storage = try await client.ask(#"{"op":"status"}"#, as: StatusMessage.self).storage
            if let storage, storage.failures > 0, storage.state == .ok { break }
            guard Clocks.monotonicNanoseconds() < deadline else { throw Timeout("storage that is ok again") }
        }
        #expect(try daemon.checkpoint("a")?.step == UInt64(Self.count))
        var second = ResendingProducer(stream: "b", count: 30)
        try await second.run(daemon)
        #expect(second.isDone)
        try await daemon.stop()
        #expect(try daemon.checkpoint("b")?.step == 30)
    }

    @Test func `entries that do not follow are not read again`() async throws {
        let disk = SimulatedDisk()
        let directory = try TemporaryDirectory()
        let store = JournalStore(stateDirectory: directory.file("state"), fileSystem: disk)
        let journal = Journal(store: store, segmentBytes: 1 << 20)
        for positions in [0..<5, 7..<10] as [Range<UInt64>] {
            try journal.reopen()
            var block = JournalBlockWriter()
            let stream = block.add(stream: "a")
            if positions.contains(0) {
                block.begin(stream: stream, position: 0, isSymbols: false, channels: ["level"])
            }
            for position in positions {
                let values = [Double(position)]
                block.sample(
                    stream: stream, position: position, time: nil, sequence: nil, source: nil,
                    values: values.span)
            }
            try journal.append(&block)
        }
        let daemon = try await RunningDaemon(in: directory, fileSystem: disk) {
            Self.configure(&$0, .continue)
        }
        #expect(try !store.segments().contains(2))
        #expect(try disk.entries(of: store.directory).contains { $0.hasSuffix(".corrupt") })
        try await daemon.stop()
        #expect(try daemon.checkpoint("a")?.step == 5)
    }
}

extension FailingFileSystem.Fault {
    /// The same so many calls later.
    fileprivate func moved(by count: Int) -> Self {
        switch self {
        case .once(let call, let code): .once(call: call + count, code: code)
        case .fromThenOn(let call, let code): .fromThenOn(call: call + count, code: code)
        case .interruptedAndShort: self
        }
    }
}
