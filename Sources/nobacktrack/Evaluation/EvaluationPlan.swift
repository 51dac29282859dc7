import NoBackTrack
import NoBackTrackDaemon
import NoBackTrackSystem

/// How recordings are evaluated.
struct EvaluationPlan: Sendable {
    /// The learners; of equal settings as many in a row as there are seeds.
    let variants: [LearnerVariant]
    let seeds: Int
    /// Probability of the intervals.
    let level: Double
    /// Share of a stream's samples that is not scored, 0…1.
    let skip: Double
    /// Runs at a time; nil: as many as there are processors.
    let jobs: Int?
    /// What is drawn; nil: nothing.
    let plotted: ForecastTrace.Selection?
    /// Where all forecasts are written; nil: nowhere.
    let forecasts: ForecastFile?

    /// Has every variant learn every stream.
    ///
    /// - Throws: `SystemError` when the forecasts cannot be written; `CancellationError` when the task is cancelled.
    func run(_ recording: Recording) async throws -> Evaluation {
        var waiting = recording.streams.indices.flatMap { stream in
            variants.indices.map { (stream: stream, variant: $0) }
        }
        let total = recording.streams.reduce(0) { $0 + $1.sampleCount } * variants.count
        let progress = ExperimentProgress(title: recording.name, total: total, onlyOnTerminal: true)
        waiting.reverse()
        // Lines of several runs at a time would come in any order.
        let width = forecasts == nil ? jobs ?? Processors.available : 1
        var runs: [VariantRun] = []
        try await withThrowingTaskGroup(of: VariantRun.self) { group in
            func start() {
                guard let next = waiting.popLast() else { return }
                group.addTask {
                    try self.run(recording, stream: next.stream, variant: next.variant, progress)
                }
            }
            for _ in 0..<min(width, waiting.count) { start() }
            while let run = try await group.next() {
                runs.append(run)
                start()
            }
        }
        progress.finish()
        return Evaluation(recording: recording, plan: self, runs: runs)
    }

    /// Number of the first sample that is scored.
    func firstScored(of samples: Int) -> Int { Int(skip * Double(samples)) }

    private func run(
        _ recording: Recording, stream number: Int, variant: Int, _ progress: ExperimentProgress
    ) throws -> VariantRun {
        let stream = recording.streams[number]
        let start = stream.starts[variant]
        let horizons = start.configuration.learner.horizons
        var evaluation = Prequential(
            start.learner, targets: start.targets, horizons: horizons, level: level,
            firstScored: firstScored(of: stream.sampleCount))
        var trace = plotted.flatMap { ForecastTrace($0, of: start, samples: stream.sampleCount) }
        let values = stream.values.span
        for sample in 0..<stream.sampleCount {
            if sample % 1024 == 0 {
                try Task.checkCancellation()
                if sample > 0 { progress.add(1024) }
            }
            evaluation.take(values.extracting(stream.range(of: sample)))
            trace?.take(sample, evaluation, stream)
            try forecasts?.append(
                evaluation, recording: recording.name, stream: stream, variant: variants[variant])
        }
        progress.add(stream.sampleCount % 1024)
        return VariantRun(
            stream: number, variant: variant, targets: start.targets.map { stream.channels[$0] },
            horizons: horizons, scores: evaluation.scores, movements: evaluation.movements,
            expertNames: evaluation.expertNames, nanoseconds: evaluation.nanoseconds, trace: trace)
    }
}

/// What one variant of the learner did with one stream.
struct VariantRun: Sendable {
    /// Place of the stream in its recording.
    let stream: Int
    /// Place of the variant in the plan.
    let variant: Int
    /// Names of the channels forecast.
    let targets: [String]
    let horizons: [Int]
    /// Of each target at each horizon.
    var scores: [HeadScore]
    /// Of each target.
    let movements: [TargetMovement]
    let expertNames: [String]
    /// All its steps.
    var nanoseconds: UInt64
    let trace: ForecastTrace?
}
