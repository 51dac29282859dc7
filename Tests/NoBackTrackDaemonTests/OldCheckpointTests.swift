import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackDaemon
import NoBackTrackSystem
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

/// Checkpoints of every older layout, written by the daemons of their time, are gone on from.
@Suite struct OldCheckpointTests {
    static let names = [
        "version1-747bba8-numbers", "version1-e110f1d-numbers", "version1-06513e8-numbers",
        "version1-e110f1d-symbols", "version1-06513e8-symbols", "version2-ccfccf3-numbers",
        "version2-ccfccf3-symbols",
    ]

    private static func bytes(_ name: String) throws -> [UInt8] {
        try DurableFile.read("\(Directory.parent(of: #filePath))/Fixtures/\(name)\(CheckpointStore.suffix)")
    }

    private static func configure(
        _ configuration: inout DaemonConfiguration, isSymbols: Bool, hasSeason: Bool
    ) {
        configuration.learner.learner.hiddenUnits = 2
        configuration.learner.learner.lags = 1
        configuration.learner.learner.horizons = [1]
        configuration.learner.learner.seed = 5
        configuration.learner.learner.forgettingFactor = 0.9995
        // Before there were experts a season had no longest length: that of the defaults stands for it.
        if hasSeason { configuration.learner.learner.longestSeason = 4 }
        guard isSymbols else { return }
        configuration.learner.alphabet = Array("abc".utf8)
        configuration.ingest.format = .symbols
    }

    @Test(arguments: names)
    func `an old checkpoint is gone on from`(name: String) async throws {
        let bytes = try Self.bytes(name)
        let checkpoint = try Checkpoint(decoding: bytes)
        #expect(checkpoint.step == 60)
        #expect(checkpoint.position == (name.hasPrefix("version1") ? 0 : 60))
        let directory = try TemporaryDirectory()
        let state = directory.file("state/\(checkpoint.stream)")
        try Directory.create(state)
        try DurableFile.replace("\(state)/60\(CheckpointStore.suffix)", contents: bytes)
        let isSymbols = name.hasSuffix("symbols")
        let more =
            isSymbols
            ? "abcab"
            : (60..<65).map { "{\"stream\":\"old\",\"time\":\(1000 + $0),\"level\":0.25}\n" }.joined()
        // Twice: what this daemon makes of it is a checkpoint as well.
        for step in [65, 70] as [UInt64] {
            let daemon = try await RunningDaemon(in: directory) {
                Self.configure(
                    &$0, isSymbols: isSymbols,
                    hasSeason: name.contains("06513e8") || name.contains("ccfccf3"))
            }
            let text =
                step == 65 ? more : more.replacing("\"time\":10", with: "\"time\":11")
            #expect(try await daemon.feed(text) == [])
            let client = try daemon.client()
            let status = try await client.ask(#"{"op":"status"}"#, as: StatusMessage.self)
            #expect(status.streams.map(\.stream) == [checkpoint.stream])
            try await daemon.stop()
            let result = try daemon.store.loadNewest(stream: checkpoint.stream)
            #expect(result.setAside == [])
            // Of samples a minute later those between are missing, and passed.
            let newest = try #require(result.checkpoint)
            #expect(isSymbols || step == 65 ? newest.step == step : newest.step > 65)
        }
    }

    @Test func `every file here is tried`() throws {
        let files = try LinuxFileSystem().entries(of: "\(Directory.parent(of: #filePath))/Fixtures")
        #expect(
            files.filter { $0.hasSuffix(CheckpointStore.suffix) }
                == Self.names.map { $0 + CheckpointStore.suffix }.sorted())
    }
}
