extension Evaluation {
    /// The tables that people read: one a stream, with a block for every settings of a grid.
    ///
    /// - Parameter withExperts: Whether a table of the experts follows.
    func text(withExperts: Bool) -> String {
        var texts: [String] = []
        for stream in recording.streams.indices {
            let rows = rows(ofStream: stream)
            var text = heading(ofStream: stream, rows) + "\n" + table(rows)
            if let best = best(ofStream: stream) {
                text +=
                    "best mean skill: \(best.variant.name), \(NumberText.fixed(best.skill, decimals: 4))\n"
            }
            if withExperts { text += "\n" + expertTable(rows) }
            texts.append(text)
        }
        return texts.joined(separator: "\n")
    }

    private func heading(ofStream number: Int, _ rows: [EvaluationRow]) -> String {
        let stream = recording.streams[number]
        let level = NumberText.significant(plan.level * 100, digits: 3)
        let first = plan.firstScored(of: stream.sampleCount) + 1
        var text = "\(recording.name), stream \(stream.name): \(stream.sampleCount) samples"
        text += " of \(stream.channels.count) channel\(stream.channels.count == 1 ? "" : "s")"
        text += ", scored from sample \(first) on, intervals of \(Self.trimmed(level)) %"
        if plan.seeds > 1 { text += ", \(plan.seeds) seeds" }
        let rejected = recording.rejectedCount
        if rejected > 0 { text += ", \(rejected) line\(rejected == 1 ? "" : "s") of the file not used" }
        return text + "\n"
    }

    private func table(_ rows: [EvaluationRow]) -> String {
        let hasGrid = plan.variants.count > plan.seeds
        let hasExperts = rows.contains { $0.bestExpert != nil }
        var columns: [(heading: String, alignment: TextTable.Alignment)] = hasGrid ? [("learner", .left)] : []
        columns += [("target", .left), ("ahead", .right), ("MAE", .right)]
        if plan.seeds > 1 { columns.append(("± s.e.", .right)) }
        columns += [
            ("RMSE", .right), ("MASE", .right), ("persistence", .right), ("skill", .right),
        ]
        if hasExperts { columns += [("best expert", .left), ("its MAE", .right), ("skill to it", .right)] }
        columns += [("held", .right), ("width", .right), ("width/sd", .right), ("samples/s", .right)]
        var table = TextTable(columns)
        var newest: String?
        for row in rows {
            let name = settings(of: row)
            let isFirst = name != newest
            newest = name
            var cells = hasGrid ? [isFirst ? name : ""] : []
            // The mark has a place of its own, so that the numbers stay below each other.
            let mark = hasGrid ? (row.best == true ? " *" : "  ") : ""
            cells += [row.target, "+\(row.horizon)", NumberText.significant(row.mae) + mark]
            if plan.seeds > 1 { cells.append(NumberText.significant(row.maeStandardError, digits: 2)) }
            cells += [
                NumberText.significant(row.rmse), NumberText.fixed(row.mase, decimals: 3),
                NumberText.significant(row.persistenceMae), NumberText.fixed(row.skill, decimals: 4),
            ]
            if hasExperts {
                let mae = row.experts.first { $0.name == row.bestExpert }?.mae
                cells += [
                    row.bestExpert ?? "–", NumberText.significant(mae),
                    NumberText.fixed(row.skillAgainstBestExpert, decimals: 4),
                ]
            }
            cells += [
                NumberText.fixed(row.coverage, decimals: 3), NumberText.significant(row.width),
                NumberText.fixed(row.relativeWidth, decimals: 3),
                isFirst ? NumberText.significant(row.samplesPerSecond, digits: 3) : "",
            ]
            table.append(cells)
        }
        return table.text
    }

    private func expertTable(_ rows: [EvaluationRow]) -> String {
        let hasGrid = plan.variants.count > plan.seeds
        var table = TextTable(
            (hasGrid ? [("learner", .left)] : []) + [
                ("target", .left), ("ahead", .right), ("expert", .left), ("MAE", .right), ("RMSE", .right),
                ("mean weight", .right), ("forecasts", .right),
            ])
        for row in rows {
            for expert in row.experts {
                table.append(
                    (hasGrid ? [settings(of: row)] : []) + [
                        row.target, "+\(row.horizon)", expert.name, NumberText.significant(expert.mae),
                        NumberText.significant(expert.rmse),
                        NumberText.fixed(expert.meanWeight, decimals: 3), "\(expert.forecasts)",
                    ])
            }
        }
        return table.text
    }

    /// A row's settings in the grid, as ``LearnerVariant/name`` has them.
    private func settings(of row: EvaluationRow) -> String {
        plan.variants[0].settings.map { "\($0.key)=\(row.learner[$0.key] ?? "")" }.joined(separator: " ")
    }

    /// A number without zeros that say nothing.
    private static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var result = Substring(text)
        while result.last == "0" { result.removeLast() }
        if result.last == "." { result.removeLast() }
        return String(result)
    }
}
