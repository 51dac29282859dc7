import Glibc
import NoBackTrack

/// An experiment with everything decided.
struct ExperimentPlan: Sendable {
    let kind: ExperimentKind
    let task: SymbolTask
    let contestants: [Contestant]
    /// What all contestants have in common.
    let configuration: LearnerConfiguration
    let steps: Int
    let seeds: Int
    let firstSeed: UInt64
    /// Runs at a time; nil: as many as there are processors.
    let jobs: Int?

    /// Runs all contestants under all seeds.
    func run() async -> ExperimentResults {
        var results = ExperimentResults(
            kind: kind, heading: heading, optimum: optimum, contestants: contestants)
        // Contestants side by side, so that what disturbs the machine disturbs all of them.
        var waiting = (0..<UInt64(seeds)).flatMap { offset in
            contestants.map { (contestant: $0, seed: firstSeed &+ offset) }
        }
        waiting.reverse()
        let progress = ExperimentProgress(title: kind.rawValue, total: steps * waiting.count)
        let processors = max(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 1)
        await withTaskGroup(of: (run: ExperimentRun, noise: Double?).self) { group in
            func start() {
                guard !Task.isCancelled, let next = waiting.popLast() else { return }
                group.addTask { self.run(next.contestant, seed: next.seed, progress) }
            }
            for _ in 0..<min(jobs ?? processors, waiting.count) { start() }
            for await (run, noise) in group {
                results.runs.append(run)
                if let noise { results.noise[run.contestant.name] = noise }
                start()
            }
        }
        progress.finish()
        return results
    }

    private func run(
        _ contestant: Contestant, seed: UInt64, _ progress: ExperimentProgress
    ) -> (run: ExperimentRun, noise: Double?) {
        var configuration = contestant.configuration(configuration)
        configuration.seed = seed
        // The filter's step is in parts of its own certainty, which a single observed state makes small.
        if kind == .influenceBalancing, configuration.optimizer == .kalman { configuration.learningRate = 10 }
        switch kind {
        case .anbn, .brackets:
            let run = ExperimentRun.symbols(
                task, contestant, configuration: configuration, steps: steps, progress: progress)
            return (run, nil)
        case .influenceBalancing, .scaling:
            let run = ExperimentRun.influenceBalancing(
                contestant, configuration: configuration, steps: steps, progress: progress)
            return (run, nil)
        case .unbiasedness:
            let (run, noise) = ExperimentRun.unbiasedness(
                contestant, configuration: configuration, repetitions: steps, progress: progress)
            return (run, noise)
        }
    }

    /// Measures all contestants at all sizes, one after the other.
    func measureScaling() async -> ScalingResults {
        var results = ScalingResults(contestants: contestants)
        let sizes = ScalingPoint.unitCounts
        let progress = ExperimentProgress(title: kind.rawValue, total: sizes.count * contestants.count)
        for units in sizes {
            for contestant in contestants {
                if Task.isCancelled { break }
                let point = ScalingPoint.measure(
                    contestant, configuration: configuration, units: units, milliseconds: steps)
                if let point { results.points[contestant.name, default: [:]][units] = point }
                progress.add(1)
            }
        }
        progress.finish()
        return results
    }

    private var optimum: Double? {
        switch kind {
        case .anbn, .brackets: task.optimum
        case .influenceBalancing, .unbiasedness, .scaling: nil
        }
    }

    /// What is done, in one line.
    private var heading: String {
        let count = seeds == 1 ? "seed \(firstSeed)" : "mean of \(seeds) seeds"
        switch kind {
        case .anbn:
            guard case .anbn(let lengths) = task else { return "" }
            return "aⁿ⏎bⁿ⏎, n in \(lengths.lowerBound)…\(lengths.upperBound), \(steps) symbols, \(count)"
        case .brackets:
            guard case .brackets(let inside, let between, let letters) = task else { return "" }
            return "distant brackets (\(inside), \(between), \(letters)), \(steps) symbols, \(count)"
        case .influenceBalancing: return "influence balancing, 23 states, \(steps) steps, \(count)"
        case .unbiasedness:
            return "\(steps) estimates of the gradient of \(configuration.hiddenUnits) units, \(count)"
        case .scaling: return ""
        }
    }
}

extension ExperimentKind {
    /// What all contestants of the experiment have in common.
    var configuration: LearnerConfiguration {
        var configuration = LearnerConfiguration()
        configuration.hiddenUnits = 32
        configuration.horizons = [1]
        switch self {
        case .anbn:
            configuration.slowestLeak = 0.1
            configuration.optimizer = .adam
            configuration.learningRate = 0.006
            configuration.readoutLearningRate = 0.003
            configuration.inputScale = 2
        case .brackets:
            // Nothing here is further away than a line: no unit needs to be slower.
            configuration.slowestLeak = 0.2
            configuration.spectralRadius = 0.5
            configuration.inputScale = 2.5
            configuration.optimizer = .adam
            configuration.learningRate = 0.01
        case .influenceBalancing:
            configuration.optimizer = .plain
            configuration.learningRate = 1e-5
            configuration.stepDecay = 0
        case .unbiasedness, .scaling:
            configuration.optimizer = .plain
            configuration.learningRate = 0
        }
        return configuration
    }
}
