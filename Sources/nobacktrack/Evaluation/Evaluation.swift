/// What all variants of the learner did with a recording, as rows of a table.
struct Evaluation: Sendable {
    let recording: Recording
    let plan: EvaluationPlan
    /// One for each stream and each settings of the plan, all seeds together, in that order; each with the MAE of its
    /// heads under each seed.
    private let runs: [(all: VariantRun, maes: [[Double?]])]

    /// - Parameter runs: Of every stream under every variant of the plan, in any order.
    init(recording: Recording, plan: EvaluationPlan, runs: [VariantRun]) {
        self.recording = recording
        self.plan = plan
        let sorted = runs.sorted { ($0.stream, $0.variant) < ($1.stream, $1.variant) }
        self.runs = stride(from: 0, to: sorted.count, by: plan.seeds).map { first in
            let seeds = sorted[first..<min(first + plan.seeds, sorted.count)]
            var all = sorted[first]
            for run in seeds.dropFirst() {
                all.nanoseconds += run.nanoseconds
                for head in all.scores.indices { all.scores[head].add(run.scores[head]) }
            }
            return (all, all.scores.indices.map { head in seeds.map { $0.scores[head].errors.mae } })
        }
    }

    /// The rows of a stream: of every settings every target at every horizon.
    func rows(ofStream stream: Int) -> [EvaluationRow] {
        var rows: [EvaluationRow] = []
        for run in runs where run.all.stream == stream { rows += self.rows(of: run.all, maes: run.maes) }
        guard plan.variants.count > plan.seeds else { return rows }
        for place in rows.indices {
            let rivals = rows.filter {
                $0.target == rows[place].target && $0.horizon == rows[place].horizon
            }
            let best = rivals.compactMap { $0.mae }.min()
            rows[place].best = rows[place].mae != nil && rows[place].mae == best
        }
        return rows
    }

    /// The settings with the largest mean of their heads' skills; nil where they do not forecast the same, or there is
    /// only one.
    func best(ofStream stream: Int) -> (variant: LearnerVariant, skill: Double, trace: ForecastTrace?)? {
        let rivals = runs.map(\.all).filter { $0.stream == stream }
        guard rivals.count > 1,
            rivals.allSatisfy({ $0.targets == rivals[0].targets && $0.horizons == rivals[0].horizons })
        else { return nil }
        let judged = rivals.compactMap { run -> (run: VariantRun, skill: Double)? in
            let skills = run.scores.compactMap(\.skill)
            return skills.isEmpty ? nil : (run, skills.reduce(0, +) / Double(skills.count))
        }
        return judged.max { $0.skill < $1.skill }.map {
            (plan.variants[$0.run.variant], $0.skill, $0.run.trace)
        }
    }

    /// The forecasts to draw: of the first stream that has them, the best settings'.
    var trace: ForecastTrace? {
        let first = runs.first { $0.all.trace != nil }
        return first.flatMap { best(ofStream: $0.all.stream)?.trace ?? $0.all.trace }
    }

    private func rows(of run: VariantRun, maes: [[Double?]]) -> [EvaluationRow] {
        let stream = recording.streams[run.stream]
        let variant = plan.variants[run.variant]
        let steps = Double(stream.sampleCount * plan.seeds)
        return run.scores.enumerated().map { head, score in
            let movement = run.movements[head / run.horizons.count]
            func multiple(_ figure: Double?, of unit: Double?) -> Double? {
                guard let figure, let unit, unit > 0 else { return nil }
                return finite(figure / unit)
            }
            let best = score.best
            return EvaluationRow(
                file: recording.name, stream: stream.name,
                learner: Dictionary(
                    variant.settings.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }),
                target: run.targets[head / run.horizons.count],
                horizon: run.horizons[head % run.horizons.count],
                samples: stream.sampleCount, rejected: recording.rejectedCount,
                scored: score.errors.count / plan.seeds, seeds: plan.seeds,
                mae: finite(score.errors.mae), maeStandardError: standardError(of: maes[head]),
                rmse: finite(score.errors.rmse),
                mase: multiple(score.errors.mae, of: movement.meanChange),
                persistenceMae: finite(score.persistence.mae),
                persistenceRmse: finite(score.persistence.rmse), skill: finite(score.skill),
                bestExpert: best.map { run.expertNames[$0.expert] },
                skillAgainstBestExpert: finite(best?.skill), level: plan.level,
                intervals: score.intervals / plan.seeds, coverage: score.coverage,
                width: finite(score.meanWidth),
                relativeWidth: multiple(score.meanWidth, of: movement.standardDeviation),
                samplesPerSecond: multiple(steps, of: Double(run.nanoseconds) * 1e-9),
                experts: zip(run.expertNames, score.experts).map { name, expert in
                    EvaluationRow.Expert(
                        name: name, forecasts: expert.errors.count / plan.seeds,
                        mae: finite(expert.errors.mae), rmse: finite(expert.errors.rmse),
                        meanWeight: expert.meanWeight)
                })
        }
    }

    /// Of the mean over the seeds; nil for a single one.
    private func standardError(of maes: [Double?]) -> Double? {
        let values = maes.compactMap(\.self)
        guard values.count == maes.count, values.count > 1 else { return nil }
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return finite((squares / (count - 1) / count).squareRoot())
    }

    /// What JSON has a form for.
    private func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
}
