import Glibc
import Logging
import NoBackTrackSystem
import Testing

@testable import NoBackTrackDaemon

/// From a log call to the journal and to standard error.
@Suite struct DaemonLogTests {
    private let journal = ScriptedJournal()

    @Test func entryHasItsFields() throws {
        let logger = ScriptedJournal.logger(journal.output())
        logger.log(
            .checkpointSetAside,
            metadata: [
                "stream": "boiler,site=a b", "step": "17", "path": "/s/17.corrupt", "idleSeconds": "2",
                "reason": "two\nlines", "error": "EIO",
            ], file: "Module/File.swift", function: "find(_:)", line: 7)
        #expect(journal.lines == [])
        let entry = try #require(journal.entries.first)
        #expect(
            entry == [
                "MESSAGE":
                    "A checkpoint cannot be used and was set aside error=EIO idleSeconds=2 "
                    + #"path=/s/17.corrupt reason="two\nlines" step=17 stream="boiler,site=a b""#,
                "MESSAGE_ID": EventKind.checkpointSetAside.messageID, "PRIORITY": "3",
                "SYSLOG_IDENTIFIER": "nobacktrackd", "LOGGER": "test", "STREAM": "boiler,site=a b",
                "STEP": "17",
                "ERROR": "EIO", "NOBACKTRACKD_KIND": "checkpoint-set-aside",
                "NOBACKTRACKD_PATH": "/s/17.corrupt", "NOBACKTRACKD_IDLE_SECONDS": "2",
                "NOBACKTRACKD_REASON": "two\nlines", "CODE_FILE": "Module/File.swift",
                "CODE_FUNC": "find(_:)",
                "CODE_LINE": "7",
            ])
    }

    @Test func messageOfALibraryHasNoIdentifierAndItsError() throws {
        var logger = ScriptedJournal.logger(journal.output())
        logger[metadataKey: "kind"] = "ready"
        logger.warning("Odd", error: DaemonFailure(.usage, "no"), metadata: ["a.b-c": "1"])
        let entry = try #require(journal.entries.first)
        #expect(entry["MESSAGE_ID"] == nil)
        #expect(entry["NOBACKTRACKD_KIND"] == "ready" && entry["NOBACKTRACKD_A_B_C"] == "1")
        #expect(entry["ERROR"] == "no" && entry["PRIORITY"] == "4")
    }

    @Test(arguments: [
        ("step", "STEP"), ("suppressedKind", "NOBACKTRACKD_SUPPRESSED_KIND"), ("grün", "NOBACKTRACKD_GR_N"),
        (String(repeating: "x", count: 100), "NOBACKTRACKD_" + String(repeating: "X", count: 51)),
    ])
    func fieldNameIsOneOfTheJournal(_ key: String, _ name: String) {
        #expect(LogEntry.fieldName(key) == name)
    }

    @Test(arguments: zip(Logger.Level.allCases, [7, 7, 6, 5, 4, 3, 2]))
    func withoutTheSocketTheStreamTakesItWithItsPriority(_ level: Logger.Level, _ priority: Int) {
        journal.refuse(SystemError(call: "access", path: SystemJournal.socketPath, code: ENOENT))
        var logger = ScriptedJournal.logger(journal.output())
        logger.logLevel = .trace
        logger.log(level: level, "Something", metadata: ["stream": "a"])
        #expect(journal.lines == ["<\(priority)>Something stream=a\n"])
    }

    @Test func outsideTheJournalAPersonReadsIt() {
        let logger = ScriptedJournal.logger(journal.output(isJournal: false))
        logger.log(.streamBegins, "A stream of symbols begins", metadata: ["stream": "a\u{1B}\"\\"])
        #expect(
            journal.lines == ["test info: A stream of symbols begins stream=\"a\\u{1b}\\\"\\\\\"\n"])
        #expect(journal.entries.isEmpty)
    }

    @Test func journalIsWhatStandardErrorIsConnectedTo() throws {
        let own = try #require(StandardError.stream)
        #expect(LogDestination(environment: ["JOURNAL_STREAM": own]).isJournal)
        #expect(!LogDestination(environment: ["JOURNAL_STREAM": "0:1"]).isJournal)
        #expect(!LogDestination(environment: [:]).isJournal)
    }

    @Test(arguments: [(true, ["\n"]), (false, [])])
    func onlyToTheJournalItIntroducesItself(_ isJournal: Bool, _ lines: [String]) {
        journal.destination(isJournal: isJournal).introduce()
        #expect(journal.lines == lines && journal.entries.isEmpty)
    }

    @Test func nextMessageOfTheKindTellsHowManyWereSuppressed() {
        let logger = ScriptedJournal.logger(journal.output())
        for line in 1...25 { logger.log(.lineUnusable, metadata: ["line": "\(line)"]) }
        #expect(journal.entries.count == 20)
        journal.wait(seconds: 2)
        logger.log(.lineUnusable)
        #expect(journal.entries.count == 21)
        #expect(journal.entries.last?["NOBACKTRACKD_SUPPRESSED"] == "5")
        #expect(journal.entries.last?["MESSAGE"] == "A line of standard input could not be used suppressed=5")
    }

    @Test func countIsToldThoughNoOtherOfTheKindComes() {
        let output = journal.output()
        let logger = ScriptedJournal.logger(output)
        for _ in 1...25 { logger.log(.lineUnusable) }
        output.tellSuppressed()
        #expect(journal.entries.count == 20)
        journal.wait(seconds: 30)
        logger.log(.stopped)
        #expect(
            journal.entries.suffix(2).map { $0["NOBACKTRACKD_KIND"] } == ["messages-suppressed", "stopped"])
        let told = journal.entries[20]
        #expect(told["MESSAGE_ID"] == EventKind.messagesSuppressed.messageID)
        #expect(
            told["NOBACKTRACKD_SUPPRESSED"] == "5" && told["NOBACKTRACKD_SUPPRESSED_KIND"] == "line-unusable")
        // Nobody is told twice, and the last ones at the end.
        for _ in 1...21 { logger.log(.lineUnusable) }
        output.tellSuppressed(isLast: true)
        #expect(journal.entries.count == 20 + 2 + 20 + 1)
        #expect(journal.entries.last?["NOBACKTRACKD_SUPPRESSED"] == "1")
    }

    @Test func lastWordIsNeverSuppressed() {
        let logger = ScriptedJournal.logger(journal.output())
        for _ in 1...100 { logger.log(.inputOutputFailed, "no") }
        #expect(journal.entries.count == 100)
    }

    @Test func loggersFollowTheSettingsUnlessTheyHaveALevel() {
        var configuration = DaemonConfiguration()
        let settings = LogSettings(configuration)
        let logger = ScriptedJournal.logger(journal.output(settings))
        var own = logger
        own.logLevel = .warning
        logger.log(.checkpointWritten)
        #expect(journal.entries.isEmpty)
        configuration.logLevel = .debug
        configuration.logRateLimit.burst = 2
        settings.change(to: configuration)
        for _ in 1...3 { logger.log(.checkpointWritten) }
        own.log(.ready)
        #expect(journal.entries.count == 2)
        configuration.logLevel = .error
        settings.change(to: configuration)
        logger.log(.lineUnusable)
        own.log(.lineUnusable)
        #expect(journal.entries.count == 3)
        #expect(settings.level == .error && settings.rateLimit.burst == 2)
    }

    @Test func everyLevelOfTheConfigurationIsOne() {
        #expect(
            DaemonConfiguration.LogLevel.allCases.map(\.rawValue) == Logger.Level.allCases.map(\.rawValue))
    }
}
