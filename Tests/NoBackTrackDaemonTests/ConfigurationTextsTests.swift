import NoBackTrack
import NoBackTrackDaemon
import NoBackTrackWire
import Testing

/// Keys as texts, such as options of a tool.
@Suite struct ConfigurationTextsTests {
    @Test func nothingGivesTheDefaults() async throws {
        #expect(try await ConfigurationLoader.load(texts: [:]) == DaemonConfiguration())
    }

    @Test func textsBecomeWhatTheirKeysAre() async throws {
        let configuration = try await ConfigurationLoader.load(texts: [
            "learner.hiddenUnits": "7", "learner.forgettingFactor": "0.99", "learner.horizons": "1,12",
            "learner.targets": "a,b", "learner.cell": "gru", "learner.learningRate": "auto",
            "predict.level": "0.5", "ingest.format": "csv",
        ])
        var expected = DaemonConfiguration()
        expected.learner.learner.hiddenUnits = 7
        expected.learner.learner.forgettingFactor = 0.99
        expected.learner.learner.horizons = [1, 12]
        expected.learner.learner.cell = .gru
        expected.learner.targets = ["a", "b"]
        expected.predict.level = 0.5
        expected.ingest.format = .csv
        #expect(configuration == expected)
    }

    /// Whatever key the daemon has or will have: a value of it is taken, or refused by its own name.
    @Test(arguments: ConfigurationKey.learnerNames)
    func everyLearnerKeyIsKnown(name: String) async {
        do throws(ConfigurationError) {
            _ = try await ConfigurationLoader.load(texts: ["learner.\(name)": "no value of any key"])
        } catch {
            #expect(error.key == "learner.\(name)" && !error.reason.contains("no such key"))
        }
    }

    @Test func whatIsNoKeyIsRefused() async {
        await #expect(throws: ConfigurationError.self) {
            try await ConfigurationLoader.load(texts: ["learner.hiddenUnts": "7"])
        }
        await #expect(throws: ConfigurationError.self) {
            try await ConfigurationLoader.load(texts: ["rank": "7"])
        }
    }
}
