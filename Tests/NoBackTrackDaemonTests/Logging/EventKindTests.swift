import Glibc
import Logging
import NoBackTrackDaemon
import NoBackTrackSystem
import Testing

@Suite struct EventKindTests {
    private let root = "\(#filePath)".split(separator: "/").dropLast(4).map { "/\($0)" }.joined()

    @Test func identifiersAreUniqueAndInTheNotationOfTheJournal() {
        let identifiers = EventKind.allCases.map(\.messageID)
        #expect(Set(identifiers).count == EventKind.allCases.count)
        for identifier in identifiers {
            #expect(identifier.count == 32 && identifier.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        }
    }

    @Test(arguments: EventKind.allCases)
    func everyKindIsExplained(_ kind: EventKind) {
        let explanation = kind.explanation
        #expect(!explanation.subject.contains("\n"))
        #expect(explanation.happening.hasSuffix(".") && explanation.advice.hasSuffix("."))
        // A line that begins so would begin another entry of the catalog.
        let lines = "\(explanation.happening)\n\(explanation.advice)".split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { !$0.isEmpty && !$0.hasPrefix("--") && $0.count <= 90 })
    }

    /// With NOBACKTRACKD_WRITE_CATALOG set the file is written anew.
    @Test func catalogInDeployIsWhatTheKindsSay() throws {
        let path = "\(root)/deploy/nobacktrackd.catalog"
        if getenv("NOBACKTRACKD_WRITE_CATALOG") != nil {
            try DurableFile.replace(path, contents: Array(EventCatalog.text.utf8))
        }
        let file = String(decoding: try DurableFile.read(path), as: UTF8.self)
        #expect(
            file == EventCatalog.text,
            "NOBACKTRACKD_WRITE_CATALOG=1 swift test --filter EventKindTests writes it anew")
    }

    /// A row for each level: `| critical | `kind`, `kind` |`.
    @Test func kindsInTheReadmeAreAllThereAre() throws {
        let text = String(decoding: try DurableFile.read("\(root)/README.md"), as: UTF8.self)
        for level in Logger.Level.allCases {
            let kinds = EventKind.allCases.filter { $0.level == level }
            let names = kinds.map { "`\($0)`" }.joined(separator: ", ")
            #expect(kinds.isEmpty || text.contains("\n| \(level) | \(names) |\n"), "| \(level) | \(names) |")
        }
    }

    @Test func everyEndOfTheDaemonIsCritical() {
        for code in [DaemonFailure.Code.usage, .unusableData, .inputOutput, .configuration] {
            #expect(code.eventKind.level == .critical)
        }
    }
}
