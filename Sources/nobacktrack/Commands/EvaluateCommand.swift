import ArgumentParser
import Glibc
import NoBackTrackDaemon
import NoBackTrackSystem

/// `nobacktrack evaluate FILE…`: how good the daemon's forecasts of recorded samples would have been.
struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Score the forecasts that the daemon would have made of recorded samples.",
        discussion: """
            Prequential: every sample is forecast first, then scored, then learned, by the daemon's own learner with \
            its defaults; nothing of what comes later is known to a forecast. Every stream of every file is learned \
            by itself, under the name that the daemon would give it.

            MASE is the MAE in units of the mean change from one scored sample to the next; skill is 1 - MAE / MAE of \
            persistence, or of the expert that was best in hindsight; held is the share of values within their \
            intervals; width is the intervals' mean width, sd the scored values' standard deviation. * marks the least \
            MAE of a grid.

            A file's numbers are kept in memory, eight bytes each, at most 1 GiB. Lines that cannot be used are told \
            and skipped; the status is 65 when no file has a line of use.
            """
    )

    @Argument(help: "CSV, NDJSON, line protocol or frames of numbers; - is standard input.")
    var files: [String]

    @Option(help: "Channels to forecast, such as a,b; all when left out.")
    var targets: String?

    @Option(help: "Samples ahead, such as 1,12,24.")
    var horizons: String?

    @Option(help: "Probability that an interval holds the value.")
    var level: String?

    @Option(help: ArgumentHelp("Share of each stream that is learned but not scored.", valueName: "part"))
    var skip = 0.1

    @Option(help: "auto, ndjson, csv, influx, f32le, f64le.")
    var format: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "A key of the daemon's learner, as its configuration file spells it: hiddenUnits=64.",
            valueName: "key=value"))
    var settings: [String] = []

    @Option(
        help: ArgumentHelp(
            "Values of such a key to compare: rank=1,4. Of several the product is evaluated.",
            valueName: "key=list"))
    var grid: [String] = []

    @Option(help: ArgumentHelp("Seeds that the figures are over.", valueName: "n"))
    var seeds = 1

    @Flag(help: "Print how good each of the experts behind the forecasts was, and what it counted for.")
    var experts = false

    @Option(help: ArgumentHelp("Draw forecasts in their intervals beside what came.", valueName: "file"))
    var svg: String?

    @Option(help: ArgumentHelp("Draw this channel; the first when left out.", valueName: "channel"))
    var svgTarget: String?

    @Option(help: ArgumentHelp("Draw forecasts so far ahead; the nearest when left out.", valueName: "n"))
    var svgHorizon: Int?

    @Option(
        help: ArgumentHelp(
            "Draw these samples, such as 1000-1500; the newest 300 when left out.",
            valueName: "range"))
    var svgSamples: String?

    @Option(help: ArgumentHelp("Write every forecast.", valueName: "file"))
    var csv: String?

    @Option(help: ArgumentHelp("Runs at a time; all processors' when left out.", valueName: "n"))
    var jobs: Int?

    @Flag(help: "Print JSON, a line for each target and horizon.")
    var json = false

    func validate() throws {
        guard (0...1).contains(skip) else { throw ValidationError("--skip needs a number from 0 to 1") }
        guard (1...1000).contains(seeds) else {
            throw ValidationError("--seeds needs a number from 1 to 1000")
        }
        guard (1...1024).contains(jobs ?? 1) else {
            throw ValidationError("--jobs needs a whole number from 1 to 1024")
        }
        guard format != "symbols" else {
            throw ValidationError("--format: symbols have no errors to score; there is `experiment` for them")
        }
        guard files.count(where: { $0 == "-" }) <= 1 else {
            throw ValidationError("standard input can be read once")
        }
        _ = try keys()
        _ = try gridValues()
        _ = try selection()
        try OutputFile.check([csv, svg])
    }

    func run() async throws {
        let variants: [LearnerVariant]
        do {
            variants = try await LearnerVariant.all(keys: keys(), grid: gridValues(), seeds: seeds)
        } catch let error as ConfigurationError {
            throw ValidationError("\(error)")
        }
        let plan = EvaluationPlan(
            variants: variants, seeds: seeds, level: variants[0].configuration.predict.level, skip: skip,
            jobs: jobs, plotted: try svg.map { _ in try selection() },
            forecasts: try csv.map { try ForecastFile($0) })
        try await untilAskedToStop { try await evaluate(plan) }
    }

    private func evaluate(_ plan: EvaluationPlan) async throws {
        // A name misspelt is found before the files in front of it are evaluated.
        for file in files where file != "-" && access(file, R_OK) != 0 {
            throw EvaluationError.unreadable(SystemError(call: "open", path: file, code: errno))
        }
        var evaluated = 0
        var trace: ForecastTrace?
        for file in files {
            let recording = try Recording.read(file, by: plan.variants)
            guard !recording.streams.isEmpty else {
                Output.complain("\(recording.name): no line can be used")
                continue
            }
            let evaluation = try await plan.run(recording)
            trace = trace ?? evaluation.trace
            try write(evaluation, isFirst: evaluated == 0)
            evaluated += 1
        }
        guard evaluated > 0 else { throw EvaluationError.nothingUsable }
        try plan.forecasts?.finish()
        guard let svg else { return }
        guard let text = trace?.svg(level: plan.level) else {
            return Output.complain("there is nothing to draw: no such target, horizon or samples")
        }
        try DurableFile.replace(svg, contents: Array(text.utf8), permissions: 0o666)
    }

    private func write(_ evaluation: Evaluation, isFirst: Bool) throws {
        guard json else {
            return try Output.write((isFirst ? "" : "\n") + evaluation.text(withExperts: experts))
        }
        for stream in evaluation.recording.streams.indices {
            for row in evaluation.rows(ofStream: stream) { try Output.write(JSONText.line(row)) }
        }
    }

    /// The daemon's keys that are equal in all that is compared.
    private func keys() throws -> [String: String] {
        var keys: [String: String] = [:]
        keys["ingest.format"] = format
        keys["predict.level"] = level
        keys["learner.targets"] = targets
        keys["learner.horizons"] = horizons
        for text in settings {
            let (key, value) = try Self.assignment(text, option: "--set")
            guard keys.updateValue(value, forKey: "learner.\(key)") == nil else {
                throw ValidationError("--set: \(key) is given twice")
            }
        }
        return keys
    }

    private func gridValues() throws -> [(key: String, values: [String])] {
        var taken = Set(try keys().keys)
        var count = seeds
        return try grid.map { text in
            let (key, list) = try Self.assignment(text, option: "--grid")
            guard taken.insert("learner.\(key)").inserted else {
                throw ValidationError("--grid: \(key) is given twice")
            }
            guard key != "channels" else {
                throw ValidationError("--grid: channels say how samples are read; --set them")
            }
            let values = list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            (count, _) = count.multipliedReportingOverflow(by: values.count)
            guard (1...10_000).contains(count) else {
                throw ValidationError("--grid: more than 10000 combinations")
            }
            return (key, values)
        }
    }

    /// `key=value`, the key with or without the section it is in.
    private static func assignment(_ text: String, option: String) throws -> (key: String, value: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw ValidationError("\(option): '\(text)' is not of the form key=value")
        }
        let isFull = parts[0].hasPrefix("learner.")
        return (String(isFull ? parts[0].dropFirst("learner.".count) : parts[0]), String(parts[1]))
    }

    private func selection() throws -> ForecastTrace.Selection {
        guard svg != nil || (svgTarget == nil && svgHorizon == nil && svgSamples == nil) else {
            throw ValidationError("--svg-target, --svg-horizon and --svg-samples go with --svg")
        }
        guard let svgSamples else {
            return ForecastTrace.Selection(target: svgTarget, horizon: svgHorizon, samples: nil)
        }
        let ends = svgSamples.split(separator: "-").compactMap { Int($0) }
        guard ends.count == 2, ends[0] >= 1, ends[0] < ends[1], ends[1] - ends[0] < 1_000_000 else {
            throw ValidationError("--svg-samples needs a range such as 1000-1500")
        }
        return ForecastTrace.Selection(target: svgTarget, horizon: svgHorizon, samples: ends[0]...ends[1])
    }
}
