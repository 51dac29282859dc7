import ArgumentParser
import NoBackTrack
import NoBackTrackSystem

/// `nobacktrack experiment NAME`: the learner against others on streams whose truth is known.
struct ExperimentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "experiment",
        abstract: "Put the learner to the test on a stream whose truth is known, beside other estimators.",
        discussion: """
            anbn                 a…a⏎b…b⏎ with a random length: bits a symbol over the last tenth of the run
            brackets             [c], random letters, [c] again: the same
            influence-balancing  one parameter whose influence has the wrong sign at short range: loss at the end
            unbiasedness         the mean of many estimates against the exact gradient, in standard errors
            scaling              time and memory of a step against the number of parameters

            Estimators: nobacktrack:RANK, grouped:GROUPS, kalman:RANK, uoro, bptt:STEPS, snap1, rtrl, frozen; with \
            +OPTIMIZER (adam, kalman, plain, signal-to-noise) and /CELL (leaky-tanh, sparse-tanh, gru, lstm) behind, \
            such as nobacktrack:4+adam/lstm. All of them learn the same stream with the daemon's own learner.
            """
    )

    @Argument(help: "anbn, brackets, influence-balancing, unbiasedness or scaling.")
    var name: String

    @Option(help: ArgumentHelp("Who takes part, such as nobacktrack:4,bptt:16.", valueName: "list"))
    var estimators: String?

    @Option(
        help: ArgumentHelp(
            "Steps of a run: symbols, steps, repetitions; for scaling milliseconds a point.", valueName: "n"))
    var steps: Int?

    @Option(help: ArgumentHelp("Seeds that the result is the mean of.", valueName: "n"))
    var seeds: Int?

    @Option(help: ArgumentHelp("The first of the seeds.", valueName: "seed"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("anbn: lengths that a line can have, such as 33-48.", valueName: "range"))
    var lengths = "1-32"

    @Option(
        help: ArgumentHelp(
            "brackets: letters inside, letters between, letters of the alphabet.", valueName: "list"))
    var sizes = "1,5,10"

    @Option(help: "Units of the network.")
    var hiddenUnits: Int?

    @Option(help: "Leak of the slowest unit.")
    var slowestLeak: Double?

    @Option(help: "Step size, of all that name no optimizer of their own.")
    var learningRate: Double?

    @Option(help: "Step size of the readout.")
    var readoutLearningRate: Double?

    @Option(help: "About the spectral radius of the recurrent weights at the start.")
    var spectralRadius: Double?

    @Option(help: "How strongly inputs move units at the start.")
    var inputScale: Double?

    @Option(help: "How kalman's NoBackTrack weighs states: sensitivity, uncertainty, euclidean.")
    var scaling: String?

    @Option(help: "What kalman takes for curvature: full, outer-product.")
    var observation: String?

    @Option(help: "What kalman keeps of its precision: diagonal, quasi-diagonal.")
    var metric: String?

    @Option(help: "kalman's precision of a weight before anything was observed.")
    var priorPrecision: Double?

    @Option(help: "Below which kalman's forgetting does not fall.")
    var smallestForgetting: Double?

    @Option(help: ArgumentHelp("Write every point of every curve.", valueName: "file"))
    var csv: String?

    @Option(help: ArgumentHelp("Draw the curves.", valueName: "file"))
    var svg: String?

    @Option(help: ArgumentHelp("Runs at a time; all processors' when left out.", valueName: "n"))
    var jobs: Int?

    @Flag(help: "Print the table as JSON, a line an estimator.")
    var json = false

    func validate() throws {
        guard ExperimentKind(rawValue: name) != nil else {
            let names = ExperimentKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("there is no experiment '\(name)'; there are \(names)")
        }
        for (option, value, most) in [
            ("--steps", steps, 1_000_000_000_000), ("--seeds", seeds, 10_000), ("--jobs", jobs, 1024),
        ] {
            guard (1...most).contains(value ?? 1) else {
                throw ValidationError("\(option) needs a whole number from 1 to \(most)")
            }
        }
        try OutputFile.check([csv, svg])
        _ = try task()
        _ = try plan()
    }

    func run() async throws {
        let plan = try plan()
        try await untilAskedToStop {
            if plan.kind == .scaling {
                let results = await plan.measureScaling()
                try write(text: results.text, rows: results.rows, csv: results.csv, svg: results.svg)
            } else {
                let results = await plan.run()
                // Cancelled runs have no result.
                try Task.checkCancellation()
                try write(text: results.text, rows: results.rows, csv: results.csv, svg: results.svg)
            }
        }
    }

    private func write(
        text: String, rows: [some Encodable], csv csvText: String, svg svgText: String
    ) throws {
        try Output.write(json ? rows.map { try JSONText.line($0) }.joined() : text)
        if let csv { try DurableFile.replace(csv, contents: Array(csvText.utf8), permissions: 0o666) }
        if let svg { try DurableFile.replace(svg, contents: Array(svgText.utf8), permissions: 0o666) }
    }

    /// The stream of a symbol experiment.
    private func task() throws -> SymbolTask {
        let numbers = (name == "brackets" ? sizes.split(separator: ",") : lengths.split(separator: "-"))
            .map { Int($0) ?? 0 }
        if name == "brackets" {
            guard numbers.count == 3, numbers[0] >= 1, numbers[1] >= 0, (2...26).contains(numbers[2]),
                numbers[0] <= 1_000_000, numbers[1] <= 1_000_000
            else {
                throw ValidationError("--sizes needs three numbers such as 1,5,10, of at most 26 letters")
            }
            return .brackets(inside: numbers[0], between: numbers[1], letters: numbers[2])
        }
        guard numbers.count == 2, numbers[0] >= 1, numbers[0] <= numbers[1], numbers[1] <= 1_000_000 else {
            throw ValidationError("--lengths needs a range such as 1-32")
        }
        return .anbn(numbers[0]...numbers[1])
    }

    private static func choice<Kind: RawRepresentable<String> & CaseIterable>(
        _ text: String, _ option: String
    ) throws -> Kind {
        guard let kind = Kind(rawValue: text) else {
            let choices = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("\(option): '\(text)' is none of \(choices)")
        }
        return kind
    }

    private func plan() throws -> ExperimentPlan {
        let kind = ExperimentKind(rawValue: name) ?? .anbn
        var configuration = kind.configuration
        if let hiddenUnits { configuration.hiddenUnits = hiddenUnits }
        if let slowestLeak { configuration.slowestLeak = slowestLeak }
        if let learningRate { configuration.learningRate = learningRate }
        if let readoutLearningRate { configuration.readoutLearningRate = readoutLearningRate }
        if let spectralRadius { configuration.spectralRadius = spectralRadius }
        if let inputScale { configuration.inputScale = inputScale }
        if let priorPrecision { configuration.priorPrecision = priorPrecision }
        if let smallestForgetting { configuration.smallestForgetting = smallestForgetting }
        if let scaling { configuration.scaling = try Self.choice(scaling, "--scaling") }
        if let observation { configuration.observation = try Self.choice(observation, "--observation") }
        if let metric { configuration.metric = try Self.choice(metric, "--metric") }
        let names = (estimators ?? kind.standardContestants).split(separator: ",").map(String.init)
        var contestants: [Contestant] = []
        do {
            for name in names {
                let contestant = try Contestant(name)
                try contestant.configuration(configuration).validate()
                if kind == .influenceBalancing, contestant.hasCell {
                    throw ContestantError(text: name, reason: "the chain is the cell here")
                }
                if kind == .unbiasedness, !contestant.hasEstimate {
                    throw ContestantError(text: name, reason: "it keeps no estimate to compare")
                }
                if !contestants.contains(contestant) { contestants.append(contestant) }
            }
        } catch {
            throw ValidationError("--estimators: \(error)")
        }
        guard !contestants.isEmpty else { throw ValidationError("--estimators names nobody") }
        return ExperimentPlan(
            kind: kind, task: try task(), contestants: contestants, configuration: configuration,
            steps: steps ?? kind.standardSteps, seeds: seeds ?? kind.standardSeeds, firstSeed: seed,
            jobs: jobs)
    }
}
