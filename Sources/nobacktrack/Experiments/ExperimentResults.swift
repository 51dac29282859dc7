import Glibc

/// What all contestants of an experiment did, as a table, as CSV and as a plot.
struct ExperimentResults: Sendable {
    let kind: ExperimentKind
    /// What was done, in one line.
    let heading: String
    /// What nobody can do better than; nil where that is 0.
    let optimum: Double?
    let contestants: [Contestant]
    /// In any order.
    var runs: [ExperimentRun] = []
    /// For `unbiasedness`: mean squared error of one estimate against the gradient's square, by contestant.
    var noise: [String: Double] = [:]

    /// The runs of a contestant, by seed.
    private func runs(of contestant: Contestant) -> [ExperimentRun] {
        runs.filter { $0.contestant == contestant }.sorted { $0.seed < $1.seed }
    }

    /// What the table and `--json` say of one contestant.
    struct Row: Encodable {
        var estimator: String
        /// Mean over the seeds; nil where one diverged.
        var mean: Double?
        /// Of the mean; nil for a single seed.
        var standardError: Double?
        /// Each seed's; null where it diverged.
        var results: [Double?]
        var noise: Double?
        var microsecondsPerStep: Double
        var numbersKept: Int
    }

    /// A row for every contestant, in the order they were named.
    var rows: [Row] {
        contestants.compactMap { contestant in
            let runs = runs(of: contestant)
            guard let first = runs.first else { return nil }
            let results = runs.map(\.result)
            let count = Double(results.count)
            let mean = results.reduce(0, +) / count
            let squares = results.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let time = runs.reduce(0) { $0 + $1.nanosecondsPerStep } / count
            return Row(
                estimator: contestant.name, mean: mean.isFinite ? mean : nil,
                standardError: count > 1 && squares.isFinite
                    ? (squares / (count - 1) / count).squareRoot() : nil,
                results: results.map { $0.isFinite ? $0 : nil }, noise: noise[contestant.name],
                microsecondsPerStep: time / 1000, numbersKept: first.stateNumbers)
        }
    }

    /// The table that people read.
    var text: String {
        var columns: [(heading: String, alignment: TextTable.Alignment)] = [
            ("estimator", .left), (resultTitle, .right),
        ]
        if kind == .unbiasedness { columns.append(("noise", .right)) }
        columns += [
            ("± s.e.", .right), ("best", .right), ("worst", .right), ("µs a step", .right),
            ("numbers kept", .right),
        ]
        var table = TextTable(columns)
        for row in rows {
            var cells = [row.estimator, Self.result(row.mean, kind)]
            if kind == .unbiasedness { cells.append(NumberText.significant(row.noise, digits: 3)) }
            let finite = row.results.compactMap(\.self)
            let hasDiverged = finite.count < row.results.count
            cells += [
                NumberText.significant(row.standardError, digits: 2), Self.result(finite.min(), kind),
                hasDiverged ? "diverged" : Self.result(finite.max(), kind),
                NumberText.fixed(row.microsecondsPerStep, decimals: 2), "\(row.numbersKept)",
            ]
            table.append(cells)
        }
        var text = heading + "\n"
        if let optimum { text += "optimum \(NumberText.fixed(optimum, decimals: 4))\n" }
        return text + "\n" + table.text
    }

    private var resultTitle: String {
        switch kind {
        case .anbn, .brackets: "bits a symbol"
        case .influenceBalancing: "loss at the end"
        case .unbiasedness: "bias (s.e.)"
        case .scaling: ""
        }
    }

    private static func result(_ value: Double?, _ kind: ExperimentKind) -> String {
        guard let value else { return "diverged" }
        switch kind {
        case .anbn, .brackets: return NumberText.fixed(value, decimals: 4)
        case .influenceBalancing, .unbiasedness, .scaling: return NumberText.significant(value, digits: 3)
        }
    }

    /// Every point of every run.
    var csv: String {
        var text = "estimator,seed,step,\(kind == .anbn || kind == .brackets ? "bits" : "value")\n"
        for contestant in contestants {
            for run in runs(of: contestant) {
                for point in run.curve {
                    text += "\(contestant.name),\(run.seed),\(Int(point.step)),\(point.value)\n"
                }
            }
        }
        return text
    }

    /// Learning curves: the mean over the seeds, in a band from the best to the worst.
    var svg: String {
        let lines = contestants.compactMap(line)
        let values = lines.flatMap { $0.points.map(\.y) }.filter(\.isFinite)
        let steps = lines.flatMap { $0.points.map(\.x) }
        let most = steps.max() ?? 1
        // The beginning, where everybody knows nothing yet, does not set the scale.
        let later = lines.flatMap { line in line.points.filter { $0.x > most / 20 }.map(\.y) }
            .filter(\.isFinite)
        let y: LinePlot.Axis
        let x: LinePlot.Axis
        switch kind {
        case .anbn, .brackets:
            let low = min(optimum ?? .infinity, values.min() ?? 0)
            let high = max(later.max() ?? 1, low * 1.05)
            let margin = (high - low) * 0.06
            y = .init(title: "bits a symbol", scale: .linear, range: low - margin...high + margin)
            x = .init(title: "symbols", scale: .linear, range: 0...most)
        case .influenceBalancing:
            y = .init(title: "loss", scale: .logarithmic, range: 1e-30...1e6)
            x = .init(title: "steps", scale: .linear, range: 0...most)
        case .unbiasedness, .scaling:
            let low = max(values.min() ?? 1e-3, 1e-12)
            y = .init(
                title: "distance of the mean estimate from the gradient, relative", scale: .logarithmic,
                range: low / 1.5...max(values.max() ?? 1, low * 2) * 1.5)
            x = .init(title: "repetitions", scale: .logarithmic, range: 1...max(most, 2))
        }
        let level = optimum.map { LinePlot.Level(name: "optimum", y: $0) }
        return LinePlot(title: heading, x: x, y: y, lines: lines, level: level).svg
    }

    private func line(_ contestant: Contestant) -> LinePlot.Line? {
        let curves = runs(of: contestant).map(\.curve)
        guard let first = curves.first, curves.allSatisfy({ $0.count == first.count }) else { return nil }
        var line = LinePlot.Line(name: contestant.name, points: [])
        for place in first.indices {
            let values = curves.map { $0[place].value }
            let mean = values.reduce(0, +) / Double(values.count)
            line.points.append((first[place].step, mean))
            if values.count > 1 { line.band.append((values.min() ?? mean, values.max() ?? mean)) }
        }
        return line
    }
}
