import FoundationEssentials
import NoBackTrackFuzzTargets
import Testing

@Suite struct CorpusTests {
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Corpus")

    @Test(arguments: FuzzTarget.allCases) func `the laws hold for every input kept`(target: FuzzTarget) throws
    {
        let directory = Self.corpus.appending(path: target.rawValue)
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(!files.isEmpty)
        for file in files.sorted() {
            let input = try Data(contentsOf: directory.appending(path: file))
            #expect(throws: Never.self, "\(file)") { try target.run(Array(input)) }
        }
    }

    @Test(arguments: FuzzTarget.allCases) func `the laws hold for what inputs begin from`(target: FuzzTarget)
        throws
    {
        for seed in target.seeds {
            for end in Set([0, seed.bytes.count / 2, seed.bytes.count]) {
                #expect(throws: Never.self, "\(end) bytes of \(seed.name)") {
                    try target.run(Array(seed.bytes.prefix(end)))
                }
            }
        }
    }
}
