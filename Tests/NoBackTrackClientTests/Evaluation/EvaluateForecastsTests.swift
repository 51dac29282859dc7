import FoundationEssentials
import Glibc
import NoBackTrackSystem
import NoBackTrackTestSupport
import Testing

/// The forecasts themselves, as `--csv` writes them.
@Suite(.timeLimit(.minutes(10 * TestConditions.slowness)))
struct EvaluateForecastsTests {
    /// Evaluates a file and reads the forecasts it wrote, a line each: without the file's name, and without the
    /// value that came if so wanted.
    private func forecasts(
        of file: String, in directory: String, _ options: [String], withValues: Bool = true
    ) async throws -> [[String]] {
        let csv = "\(directory)/forecasts.csv"
        let outcome = try await ToolProcess.run(["evaluate", file, "--csv", csv] + options)
        #expect(outcome.status == 0, "\(outcome.complaints)")
        let lines = String(decoding: try DurableFile.read(csv), as: UTF8.self).split(separator: "\n")
        #expect(lines.first == "file,stream,learner,seed,target,horizon,step,mean,lower,upper,value")
        return lines.dropFirst().map { line in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            return Array(fields[1..<(withValues ? 11 : 10)])
        }
    }

    /// Every digit of a forecast stays what it is, whatever comes after the sample that it was made from: a number
    /// is written with all the digits that tell it from others.
    @Test func aShuffledFutureChangesNoForecast() async throws {
        try await withTemporaryDirectory { directory in
            let lines = EvaluateCommandTests.table(rows: 240)
            let options = ["--horizons", "1,6", "--set", "hiddenUnits=6"]
            let whole = try await forecasts(
                of: EvaluateCommandTests.write(lines, "a.csv", in: directory), in: directory, options,
                withValues: false)
            #expect(whole.count == 240 * 2 * 2)
            for known in [50, 180] {
                var random = SeededGenerator(seed: UInt64(known))
                let shuffled = lines[...known] + lines[(known + 1)...].shuffled(using: &random)
                let others = try await forecasts(
                    of: EvaluateCommandTests.write(Array(shuffled), "a.csv", in: directory), in: directory,
                    options, withValues: false)
                #expect(others.count == whole.count)
                #expect(others[..<(known * 4)] == whole[..<(known * 4)])
                #expect(others[((known + 1) * 4)...] != whole[((known + 1) * 4)...])
            }
        }
    }

    @Test func valuesAreThoseThatCame() async throws {
        try await withTemporaryDirectory { directory in
            let file = try EvaluateCommandTests.write(["v", "1.5", "nan", "-2", "4"], "a.csv", in: directory)
            let lines = try await forecasts(of: file, in: directory, ["--horizons", "1,2"])
            // Target, horizon, step; mean, and value.
            #expect(
                lines.map { $0[3] + $0[4] + $0[5] } == [
                    "v11", "v21", "v12", "v22", "v13", "v23", "v14", "v24",
                ])
            #expect(lines.map(\.last) == ["", "-2.0", "-2.0", "4.0", "4.0", "", "", ""])
            #expect(lines[0][6] == "1.5")
        }
    }

    /// What the daemon prints.
    private struct Event: Decodable {
        struct Head: Decodable {
            var channel: String
            var horizon: Int
            var mean: Double
            var lower: Double?
            var upper: Double?
        }
        var stream: String
        var step: Int
        var forecasts: [Head]
    }

    /// The daemon with the same keys, fed the same file, says the same to the bit: of samples with and without a
    /// stream's name, with gaps and with lines that cannot be used.
    @Test(arguments: [false, true])
    func forecastsAreTheDaemons(isNamed: Bool) async throws {
        let temporary = try TemporaryDirectory()
        let directory = temporary.path
        var lines = EvaluateCommandTests.table(rows: 200)
        if isNamed {
            lines = lines.enumerated().map { row, line in
                line + (row == 0 ? ",stream" : row % 3 == 0 ? ",boiler" : ",pump")
            }
        }
        lines.insert("1700000000,oops,1" + (isNamed ? ",pump" : ""), at: 70)
        let file = try EvaluateCommandTests.write(lines, "a.csv", in: directory)
        let mine = try await forecasts(
            of: file, in: directory, ["--horizons", "1,7", "--set", "groups=2", "--level", "0.7"])
        let configuration = try EvaluateCommandTests.write(
            ["learner: {horizons: [1, 7], groups: 2}", "predict: {level: 0.7}"], "d.yaml", in: directory)
        let daemon = try await ToolProcess.run(
            [
                "--config", configuration, "--state-directory",
                "\(directory)/state",
                "--predict-socket", "\(directory)/p.sock", "--print", "ndjson", "--log-level", "error",
            ], program: "nobacktrackd", input: file)
        #expect(daemon.status == 0, "\(daemon.complaints)")
        let events = try daemon.output.split(separator: "\n").map { line in
            try JSONDecoder().decode(Event.self, from: Data(line.utf8))
        }
        #expect(events.count == 200)
        let theirs = events.flatMap { event in
            event.forecasts.map { head in
                (
                    key: "\(event.stream) \(event.step) \(head.channel) \(head.horizon)",
                    numbers: [head.mean, head.lower, head.upper].map { $0?.bitPattern }
                )
            }
        }
        let said = Dictionary(
            uniqueKeysWithValues: mine.filter { !$0[6].isEmpty }.map { fields in
                (
                    "\(fields[0]) \(fields[5]) \(fields[3]) \(fields[4])",
                    fields[6...8].map { Double($0)?.bitPattern }
                )
            })
        #expect(said.count == theirs.count && !theirs.isEmpty)
        for forecast in theirs { #expect(said[forecast.key] == forecast.numbers, "\(forecast.key)") }
    }
}
