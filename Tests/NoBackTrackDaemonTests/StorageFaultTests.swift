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
    ) async throws -> [UInt8]? {
        let calls = FailingFileSystem()
        let directory = try TemporaryDirectory()
        let daemon = try await RunningDaemon(in: directory, fileSystem: calls) {
            Self.configure(&$0, policy)
        }
        if let fault { calls.fail(fault.moved(by: calls.calls.count)) }
        var producer = ResendingProducer(stream: "a", count: Self.count)
        let repair = Task {
            let client = try daemon.client()
            while !Task.isCancelled {
                let status = try await client.ask(#"{"op":"status"}"#, as: StatusMessage.self)
                if status.storage?.state == .failing { break }
            }
            calls.repair()
        }
        try await producer.run(daemon)
        #expect(producer.isDone)
        repair.cancel()
        try? await repair.value
        calls.repair()
        try await daemon.stop()
        let result = try daemon.store.loadNewest(stream: "a")
        #expect(result.setAside == [])
        return try daemon.checkpoint("a")?.encoded()
    }

    @Test(arguments: [DaemonConfiguration.StorageFailurePolicy.continue, .stopLearning])
    func `a call that fails holds up acknowledgements and loses nothing`(
        policy: DaemonConfiguration.StorageFailurePolicy
    ) async throws {
        let expected = try await state(nil, policy)
        for (number, call) in stride(from: 0, to: 60, by: 6).enumerated() {
            let code = [ENOSPC, EIO, EROFS, EMFILE][number % 4]
            for fault: FailingFileSystem.Fault in [
                .once(call: call, code: code), .fromThenOn(call: call, code: code),
            ] {
                #expect(try await state(fault, policy) == expected, "\(policy), \(fault)")
            }
        }
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
