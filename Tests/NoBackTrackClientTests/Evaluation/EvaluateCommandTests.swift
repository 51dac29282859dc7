import FoundationEssentials
import Glibc
import NoBackTrackSystem
import NoBackTrackTestSupport
import Testing

/// The program over files, as a person uses it.
@Suite(.timeLimit(.minutes(10 * TestConditions.slowness)))
struct EvaluateCommandTests {
    /// What JSON says of a target at a horizon, as far as it is looked at.
    struct Row: Decodable {
        struct Expert: Decodable { var name: String }
        var file: String
        var stream: String
        var learner: [String: String]
        var target: String
        var horizon: Int
        var samples: Int
        var rejected: Int
        var scored: Int
        var mae: Double?
        var maeStandardError: Double?
        var rmse: Double?
        var mase: Double?
        var persistenceMae: Double?
        var skill: Double?
        var level: Double
        var intervals: Int
        var coverage: Double?
        var width: Double?
        var relativeWidth: Double?
        var samplesPerSecond: Double?
        var best: Bool?
        var experts: [Expert]
    }

    /// A CSV of two channels: a wave, and one that is missing now and then.
    static func table(rows: Int, seed: UInt64 = 1) -> [String] {
        var random = SeededGenerator(seed: seed)
        return ["time,temp,flow"]
            + (0..<rows).map { row in
                let wave = 0.5 * (Double(row % 24) - 12).magnitude
                let flow = row % 41 == 7 ? "" : "\(2 - wave + random.signedUnit())"
                return "\(1_700_000_000 + row),\(20 + wave + random.signedUnit()),\(flow)"
            }
    }

    /// Writes lines to a file of the directory.
    static func write(_ lines: [String], _ name: String, in directory: String) throws -> String {
        let contents = Array((lines.joined(separator: "\n") + "\n").utf8)
        try DurableFile.replace("\(directory)/\(name)", contents: contents)
        return "\(directory)/\(name)"
    }

    private func rows(_ arguments: [String], input: String? = nil) async throws -> [Row] {
        let outcome = try await ToolProcess.run(["evaluate", "--json"] + arguments, input: input)
        #expect(outcome.status == 0, "\(outcome.complaints)")
        return try outcome.output.split(separator: "\n").map { line in
            try JSONDecoder().decode(Row.self, from: Data(line.utf8))
        }
    }

    /// Every figure follows from the forecasts as `--csv` writes them and from the file's values.
    @Test func figuresAreThoseOfTheForecasts() async throws {
        try await withTemporaryDirectory { directory in
            let lines = Self.table(rows: 400)
            let file = try Self.write(lines, "a.csv", in: directory)
            let rows = try await rows([
                file, "--targets", "flow", "--horizons", "1,3", "--set", "hiddenUnits=8", "--skip", "0.25",
                "--level", "0.8", "--csv", "\(directory)/f.csv",
            ])
            #expect(rows.map(\.horizon) == [1, 3] && rows.allSatisfy { $0.target == "flow" })
            func numbers(_ lines: [String]) -> [[Double]] {
                lines.dropFirst().map { line in
                    line.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? .nan }
                }
            }
            let values = numbers(lines).map { $0[2] }
            let text = String(decoding: try DurableFile.read("\(directory)/f.csv"), as: UTF8.self)
            let made = numbers(text.split(separator: "\n").map(String.init))
            func mean(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(numbers.count) }
            func near(_ one: Double?, _ other: Double) -> Bool {
                one.map { ($0 - other).magnitude < 1e-12 * max(other.magnitude, 1) } ?? false
            }
            let scored = values[100...].filter(\.isFinite)
            let spread = mean(scored.map { ($0 - mean(scored)) * ($0 - mean(scored)) }).squareRoot()
            let change = mean(
                (100..<400).map { (values[$0] - values[$0 - 1]).magnitude }.filter(\.isFinite))
            for row in rows {
                let horizon = Double(row.horizon)
                // The sample that the forecast is of is the 101st or later, and both ends were observed.
                let forecasts = made.filter {
                    $0[5] == horizon && $0[6] + horizon > 100 && $0[10].isFinite
                        && values[Int($0[6]) - 1].isFinite
                }
                let errors = forecasts.map { ($0[10] - $0[7]).magnitude }
                let persistence = mean(forecasts.map { ($0[10] - values[Int($0[6]) - 1]).magnitude })
                #expect(row.samples == 400 && row.level == 0.8 && row.best == nil && row.rejected == 0)
                #expect(row.scored == forecasts.count && row.intervals == forecasts.count)
                #expect(near(row.mae, mean(errors)) && near(row.mase, mean(errors) / change))
                #expect(near(row.rmse, mean(errors.map { $0 * $0 }).squareRoot()))
                #expect(near(row.persistenceMae, persistence))
                #expect(near(row.skill, 1 - mean(errors) / persistence))
                #expect(
                    near(row.coverage, mean(forecasts.map { $0[8] <= $0[10] && $0[10] <= $0[9] ? 1 : 0 })))
                let width = mean(forecasts.map { $0[9] - $0[8] })
                #expect(near(row.width, width) && near(row.relativeWidth, width / spread))
                #expect(row.samplesPerSecond.map { $0 > 100 } == true)
            }
        }
    }

    @Test func everyFormatAndStandardInputGiveTheSame() async throws {
        try await withTemporaryDirectory { directory in
            let table = Self.table(rows: 150)
            let cells = table.dropFirst().map {
                $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            }
            let json = cells.map {
                #"{"time":\#($0[0]),"temp":\#($0[1]),"flow":\#($0[2].isEmpty ? "null" : $0[2])}"#
            }
            let csv = try Self.write(table, "a.csv", in: directory)
            let options = ["--horizons", "1,4", "--set", "hiddenUnits=4"]
            let all = try await rows([csv, try Self.write(json, "a.ndjson", in: directory)] + options)
            #expect(all.count == 8 && Set(all.map(\.file)).count == 2)
            #expect(all.prefix(4).map(\.mae) == all.suffix(4).map(\.mae))
            let piped = try await rows(["-", "--format", "csv"] + options, input: csv)
            #expect(piped.map(\.mae) == all.prefix(4).map(\.mae))
            #expect(piped.allSatisfy { $0.file == "standard input" && $0.stream == "default" })
        }
    }

    @Test func everyStreamIsLearnedByItself() async throws {
        try await withTemporaryDirectory { directory in
            let (one, other) = (Self.table(rows: 120), Self.table(rows: 90, seed: 2))
            func named(_ lines: [String], _ name: String) -> [String] { lines.map { "\($0),\(name)" } }
            var mixed = [one[0] + ",stream"]
            for row in 1...120 {
                mixed.append("\(one[row]),boiler")
                if row <= 90 { mixed.append("\(other[row]),pump") }
            }
            let alone = [one[0] + ",stream"] + named(Array(other.dropFirst()), "pump")
            let options = ["--set", "hiddenUnits=4", "--horizons", "2"]
            let both = try await rows([try Self.write(mixed, "m.csv", in: directory)] + options)
            let pump = try await rows([try Self.write(alone, "p.csv", in: directory)] + options)
            #expect(both.map(\.stream) == ["boiler", "boiler", "pump", "pump"])
            #expect(both.suffix(2).map(\.mae) == pump.map(\.mae) && both.last?.samples == 90)
        }
    }

    @Test func aGridHasABlockForEveryCombination() async throws {
        try await withTemporaryDirectory { directory in
            let file = try Self.write(Self.table(rows: 200), "a.csv", in: directory)
            let arguments = [
                file, "--targets", "temp", "--horizons", "1", "--grid", "rank=1,2", "--grid",
                "learner.hiddenUnits=3,4",
            ]
            let grid = try await rows(arguments)
            #expect(
                grid.map(\.learner) == [
                    ["rank": "1", "hiddenUnits": "3"], ["rank": "1", "hiddenUnits": "4"],
                    ["rank": "2", "hiddenUnits": "3"], ["rank": "2", "hiddenUnits": "4"],
                ])
            #expect(grid.filter { $0.best == true }.map(\.mae) == [grid.compactMap(\.mae).min()])
            let single = try await rows([
                file, "--targets", "temp", "--horizons", "1", "--set", "rank=2", "--set", "hiddenUnits=3",
            ])
            #expect(single.map(\.mae) == [grid[2].mae])
            let table = try await ToolProcess.run(["evaluate", "--jobs", "1"] + arguments).output
            for name in ["rank=1 hiddenUnits=3", "rank=2 hiddenUnits=4"] {
                #expect(table.contains("\n\(name) "), "\(table)")
            }
            #expect(table.contains(" * ") && table.contains("\nbest mean skill: rank="), "\(table)")
        }
    }

    @Test func seedsAreAveraged() async throws {
        try await withTemporaryDirectory { directory in
            let file = try Self.write(Self.table(rows: 150), "a.csv", in: directory)
            let options = [file, "--targets", "temp", "--horizons", "1", "--set", "hiddenUnits=4"]
            let each = try await rows(options + ["--grid", "seed=7,8,9"]).compactMap(\.mae)
            let all = try await rows(options + ["--set", "seed=7", "--seeds", "3"])
            #expect(each.count == 3 && all.count == 1)
            let mean = each.reduce(0, +) / 3
            #expect(all[0].mae.map { ($0 - mean).magnitude < 1e-12 } == true)
            #expect(all[0].maeStandardError.map { $0 > 0 } == true && all[0].best == nil)
        }
    }

    @Test func unusableLinesAreToldAndSkipped() async throws {
        try await withTemporaryDirectory { directory in
            var lines = Self.table(rows: 100)
            lines.insert("1700000000,oops,1", at: 40)
            let file = try Self.write(lines, "a.csv", in: directory)
            let outcome = try await ToolProcess.run(["evaluate", file, "--set", "hiddenUnits=3"])
            #expect(outcome.status == 0)
            #expect(outcome.complaints.hasPrefix("nobacktrack: \(file):41: bad_number: "))
            #expect(outcome.output.contains(": 100 samples of 2 channels,"))
            #expect(outcome.output.contains(", 1 line of the file not used\n"))

            let useless = try Self.write(Array(repeating: "nothing here", count: 30), "u.csv", in: directory)
            let two = try await ToolProcess.run(["evaluate", useless, file, "--set", "hiddenUnits=3"])
            #expect(two.status == 0 && two.complaints.contains("u.csv: no line can be used"))
            let one = try await ToolProcess.run(["evaluate", useless])
            #expect(one.status == EX_DATAERR && one.output.isEmpty)
            #expect(one.complaints.contains("30 lines could not be used: bad_syntax 30"))
            // Ten of them one by one.
            #expect(one.complaints.components(separatedBy: "bad_syntax: ").count == 11)
        }
    }

    @Test func forecastsAreDrawn() async throws {
        try await withTemporaryDirectory { directory in
            let file = try Self.write(Self.table(rows: 200), "a.csv", in: directory)
            let outcome = try await ToolProcess.run([
                "evaluate", file, "--set", "hiddenUnits=3", "--svg", "\(directory)/a.svg", "--svg-target",
                "flow", "--svg-horizon", "10", "--svg-samples", "101-150",
            ])
            #expect(outcome.status == 0, "\(outcome.complaints)")
            let svg = String(decoding: try DurableFile.read("\(directory)/a.svg"), as: UTF8.self)
            #expect(svg.contains(">default: flow, 10 ahead, intervals of 90 %<"))
            #expect(svg.contains(">observed<") && svg.contains(">forecast<"))
            let lines = svg.components(separatedBy: "<polyline points=\"").dropFirst()
                .map { $0.prefix { $0 != "\"" }.split(separator: " ").count }
            // The 131st is missing: observed it was not, forecast it was.
            #expect(lines == [49, 50] && svg.components(separatedBy: "<polygon").count == 2)
        }
    }

    /// A run of minutes ends at once when it is asked to.
    @Test func stopsWhenAsked() async throws {
        try await withTemporaryDirectory { directory in
            let file = try Self.write(Self.table(rows: 3000), "a.csv", in: directory)
            let process = try ToolProcess(["evaluate", file, "--set", "hiddenUnits=400"])
            try await process.untilItCatches(SIGTERM)
            kill(process.identifier, SIGTERM)
            let outcome = try await process.outcome()
            #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome)")
        }
    }

    @Test(
        arguments: [
            (["--set", "hiddenUnts=3"], "learner.hiddenUnts: no such key"),
            (["--set", "hiddenUnits=x"], "learner.hiddenUnits"),
            (["--set", "hiddenUnits"], "--set"), (["--set", "rank=1", "--set", "rank=2"], "rank"),
            (["--grid", "rank=1,99"], "99 is not in 1…64"),
            (["--grid", "rank=1", "--set", "rank=2"], "rank"),
            (["--grid", "channels=1,2"], "channels"), (["--level", "1.5"], "predict.level"),
            (["--horizons", "3,1"], "ascending"), (["--format", "symbols"], "symbols"),
            (["--format", "f32le"], "channels"), (["--skip", "2"], "--skip"), (["--seeds", "0"], "--seeds"),
            (["--svg-samples", "1-9"], "--svg"), (["--csv", "/nonesuch/a.csv"], "no directory"),
        ])
    func whatCannotBeEvaluatedIsRefused(arguments: [String], reason: String) async throws {
        let outcome = try await ToolProcess.run(["evaluate", "/dev/null"] + arguments)
        #expect(outcome.status == EX_USAGE, "\(outcome.complaints)")
        #expect(outcome.complaints.contains(reason), "\(outcome.complaints)")
    }

    @Test func aMissingFileIsSaidSo() async throws {
        let outcome = try await ToolProcess.run(["evaluate", "/dev/null", "/nonesuch.csv"])
        #expect(outcome.status == EX_NOINPUT && outcome.complaints.contains("/nonesuch.csv"))
    }
}
