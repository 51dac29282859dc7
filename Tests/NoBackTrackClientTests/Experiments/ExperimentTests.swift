import FoundationEssentials
import Glibc
import NoBackTrack
import NoBackTrackTestSupport
import Testing

@testable import nobacktrack

/// Streams whose entropy is what they say, and who takes part in an experiment.
@Suite struct ExperimentTests {
    @Test(
        arguments: [
            (SymbolTask.anbn(1...32), 0.1429), (.anbn(33...48), 0.0482),
            (.brackets(inside: 1, between: 5, letters: 10), 1.6610),
        ])
    func optimumIsTheStreamsEntropy(task: SymbolTask, optimum: Double) {
        #expect((task.optimum - optimum).magnitude < 5e-5)
    }

    @Test func linesOfAnbnAreWhatTheySay() {
        var stream = SymbolTask.anbn(2...5).stream(seed: 7)
        var lengths: Set<Int> = []
        for _ in 0..<200 {
            var counts = [0, 0]
            for half in 0..<2 {
                while true {
                    let symbol = stream.next()
                    if symbol == UInt8(ascii: "\n") { break }
                    #expect(symbol == UInt8(ascii: half == 0 ? "a" : "b"))
                    counts[half] += 1
                }
            }
            #expect(counts[0] == counts[1])
            lengths.insert(counts[0])
        }
        #expect(lengths == [2, 3, 4, 5])
    }

    @Test func linesOfBracketsRepeatWhatStoodInThem() {
        let task = SymbolTask.brackets(inside: 2, between: 3, letters: 4)
        var stream = task.stream(seed: 7)
        for _ in 0..<100 {
            let line = (0..<12).map { _ in stream.next() }
            #expect(line[0] == UInt8(ascii: "[") && line[3] == UInt8(ascii: "]"))
            #expect(Array(line[7..<11]) == Array(line[0..<4]) && line[11] == UInt8(ascii: "\n"))
            #expect(line.allSatisfy(task.alphabet.contains))
        }
    }

    @Test func theSeedDecidesTheStream() {
        func symbols(_ seed: UInt64) -> [UInt8] {
            var stream = SymbolTask.anbn(1...32).stream(seed: seed)
            return (0..<500).map { _ in stream.next() }
        }
        #expect(symbols(1) == symbols(1))
        #expect(symbols(1) != symbols(2))
    }

    @Test func contestantsChangeWhatTheyName() throws {
        var standard = ExperimentKind.anbn.configuration
        standard.learningRate = 0.5
        func configuration(_ text: String) throws -> LearnerConfiguration {
            try Contestant(text).configuration(standard)
        }
        #expect(try configuration("nobacktrack:4").rank == 4)
        #expect(try configuration("nobacktrack:4").learningRate == 0.5)
        let grouped = try configuration("grouped:16")
        #expect(grouped.estimator == .nobacktrack && grouped.rank == 1 && grouped.groups == 16)
        let kalman = try configuration("kalman:2")
        #expect(kalman.estimator == .nobacktrack && kalman.optimizer == .kalman && kalman.rank == 2)
        #expect(kalman.learningRate == nil)
        let other = try configuration("bptt:9+plain/lstm")
        #expect(other.estimator == .bptt && other.truncation == 9)
        #expect(other.optimizer == .plain && other.cell == .lstm)
    }

    @Test(arguments: [
        "", "nobody", "snap1:3", "bptt:0", "bptt:x", "uoro+magic", "rtrl/brick", "kalman:4+adam",
    ])
    func whoIsNoContestantIsRefused(text: String) {
        #expect(throws: ContestantError.self) { try Contestant(text) }
    }

    @Test func ticksAreRound() {
        let linear = LinePlot.ticks(.init(title: "", scale: .linear, range: 0.13...0.42))
        #expect(linear.map { ($0 * 100).rounded() } == [15, 20, 25, 30, 35, 40])
        let logarithmic = LinePlot.ticks(.init(title: "", scale: .logarithmic, range: 0.5...20_000))
        #expect(logarithmic.map { $0.rounded() } == [1, 10, 100, 1000, 10_000])
    }

    @Test func sizesGrowThreeToAPowerOfTen() {
        let parameters = ScalingPoint.unitCounts.map { Double($0 * ($0 + 9)) }
        #expect(parameters.first.map { (800...1200).contains($0) } == true)
        #expect(parameters.last.map { (9.9e6...1.01e7).contains($0) } == true)
        for (one, next) in zip(parameters, parameters.dropFirst()) {
            #expect((1.9...2.5).contains(next / one))
        }
    }
}

/// The program, small.
@Suite(.timeLimit(.minutes(10 * TestConditions.slowness)))
struct ExperimentCommandTests {
    /// Runs it and checks that it succeeded.
    private func run(_ arguments: [String]) async throws -> ToolProcess.Outcome {
        let outcome = try await ToolProcess.run(["experiment"] + arguments)
        #expect(outcome.status == 0, "\(outcome.complaints)")
        return outcome
    }

    @Test func symbolsGiveATableCurvesAndAPlot() async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/experiment-\(getpid())"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let arguments = [
            "anbn", "--steps", "400", "--seeds", "2", "--hidden-units", "4", "--lengths", "1-4",
            "--estimators", "nobacktrack:2,kalman:1,bptt:3", "--csv", directory + "/c.csv", "--svg",
            directory + "/c.svg",
        ]
        let outcome = try await run(arguments)
        #expect(outcome.output.contains("aⁿ⏎bⁿ⏎, n in 1…4, 400 symbols, mean of 2 seeds\noptimum 0.2857\n"))
        for name in ["nobacktrack:2", "kalman:1", "bptt:3"] { #expect(outcome.output.contains("\n\(name)")) }
        #expect(outcome.complaints.contains("anbn: 100 %"))
        let csv = String(decoding: try Data(contentsOf: URL(filePath: directory + "/c.csv")), as: UTF8.self)
        let rows = csv.split(separator: "\n")
        #expect(rows[0] == "estimator,seed,step,bits" && rows.count == 1 + 3 * 2 * 200)
        let svg = String(decoding: try Data(contentsOf: URL(filePath: directory + "/c.svg")), as: UTF8.self)
        #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n"))
        #expect(svg.components(separatedBy: "<polyline").count == 4 && svg.contains(">optimum<"))
    }

    /// What the table and its JSON say of one run.
    private struct Row: Decodable {
        var estimator: String
        var mean: Double?
        var results: [Double?]
        var noise: Double?
        var numbersKept: Int
    }

    private func rows(_ arguments: [String]) async throws -> [String: Row] {
        let output = try await run(arguments + ["--json"]).output
        let rows = try output.split(separator: "\n").map { line in
            try JSONDecoder().decode(Row.self, from: Data(line.utf8))
        }
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.estimator, $0) })
    }

    @Test func runsAreTheSeedsOwn() async throws {
        let arguments = [
            "brackets", "--steps", "300", "--seeds", "2", "--hidden-units", "3", "--estimators", "uoro",
        ]
        let once = try await rows(arguments)["uoro"]?.results
        #expect(try await rows(arguments + ["--jobs", "1"])["uoro"]?.results == once)
        #expect(once.map { Set($0).count } == 2)
    }

    @Test func shortTruncationRunsTheWrongWay() async throws {
        let rows = try await rows([
            "influence-balancing", "--steps", "3000", "--learning-rate", "0.0001", "--seeds", "1",
            "--estimators", "rtrl,bptt:1",
        ])
        let start = 0.5 * 17 * 17
        #expect(rows["rtrl"]?.mean.map { $0 < start / 100 } == true)
        #expect(rows["bptt:1"].map { ($0.mean ?? .infinity) > start } == true)
    }

    @Test func biasIsToldFromNoise() async throws {
        let rows = try await rows([
            "unbiasedness", "--steps", "60", "--hidden-units", "6", "--estimators",
            "nobacktrack:1,grouped:6,snap1",
        ])
        #expect(rows["nobacktrack:1"]?.mean.map { $0 < 3 } == true)
        #expect(rows["grouped:6"]?.mean.map { $0 < 3 } == true)
        #expect(rows["snap1"]?.mean.map { $0 > 5 } == true)
    }

    /// A run of hours ends at once when it is asked to.
    @Test func stopsWhenAsked() async throws {
        let process = try ToolProcess([
            "experiment", "anbn", "--steps", "1000000000", "--hidden-units", "2", "--seeds", "1",
            "--estimators", "frozen",
        ])
        try await process.untilItCatches(SIGTERM)
        kill(process.identifier, SIGTERM)
        let outcome = try await process.outcome()
        #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome)")
    }

    @Test(
        arguments: [
            (["nothing"], "there is no experiment 'nothing'"), (["anbn", "--lengths", "5-2"], "--lengths"),
            (["brackets", "--sizes", "1,2"], "--sizes"), (["anbn", "--steps", "0"], "--steps"),
            (["anbn", "--estimators", "nobody"], "'nobody'"),
            (["unbiasedness", "--estimators", "bptt:4"], "no estimate"),
            (["anbn", "--scaling", "none"], "--scaling"),
            (["anbn", "--hidden-units", "0"], "hiddenUnits"),
        ])
    func whatCannotBeRunIsRefused(arguments: [String], reason: String) async throws {
        let outcome = try await ToolProcess.run(["experiment"] + arguments)
        #expect(outcome.status == EX_USAGE)
        #expect(outcome.complaints.contains(reason), "\(outcome.complaints)")
    }
}
