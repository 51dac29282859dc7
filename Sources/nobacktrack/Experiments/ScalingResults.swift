/// Time and memory of a step against the number of parameters.
struct ScalingResults: Sendable {
    let contestants: [Contestant]
    /// By contestant and number of units.
    var points: [String: [Int: ScalingPoint]] = [:]

    /// A row for every size; per contestant nanoseconds and bytes a parameter.
    var text: String {
        var columns: [(heading: String, alignment: TextTable.Alignment)] = [
            ("units", .right), ("parameters", .right),
        ]
        for contestant in contestants {
            columns += [(contestant.name + " µs", .right), ("ns/P", .right), ("kept/P", .right)]
        }
        var table = TextTable(columns)
        for units in ScalingPoint.unitCounts {
            let row = contestants.map { points[$0.name]?[units] }
            guard let parameters = row.compactMap({ $0?.parameters }).first else { continue }
            var cells = ["\(units)", "\(parameters)"]
            for point in row {
                guard let point else {
                    cells += ["–", "–", "–"]
                    continue
                }
                let P = Double(point.parameters)
                cells += [
                    NumberText.significant(point.nanoseconds / 1000, digits: 3),
                    NumberText.fixed(point.nanoseconds / P, decimals: 2),
                    NumberText.fixed(Double(point.stateNumbers) / P, decimals: 2),
                ]
            }
            table.append(cells)
        }
        return "time of a step and numbers kept, against the number of parameters P\n\n" + table.text
    }

    /// Every point.
    var csv: String {
        var text = "estimator,units,parameters,nanoseconds,numbers_kept\n"
        for contestant in contestants {
            for (units, point) in (points[contestant.name] ?? [:]).sorted(by: { $0.key < $1.key }) {
                text += "\(contestant.name),\(units),\(point.parameters),\(point.nanoseconds),"
                text += "\(point.stateNumbers)\n"
            }
        }
        return text
    }

    /// What `--json` says of one point.
    struct Row: Encodable {
        var estimator: String
        var units: Int
        var parameters: Int
        var nanoseconds: Double
        var numbersKept: Int
    }

    /// Every point, for scripts.
    var rows: [Row] {
        contestants.flatMap { contestant in
            (points[contestant.name] ?? [:]).sorted { $0.key < $1.key }.map { units, point in
                Row(
                    estimator: contestant.name, units: units, parameters: point.parameters,
                    nanoseconds: point.nanoseconds, numbersKept: point.stateNumbers)
            }
        }
    }

    /// Time against parameters: a line that is straight and rises by one is linear.
    var svg: String {
        let lines = contestants.map { contestant in
            let points = (points[contestant.name] ?? [:]).sorted { $0.key < $1.key }
            return LinePlot.Line(
                name: contestant.name,
                points: points.map { (Double($0.value.parameters), $0.value.nanoseconds / 1000) })
        }
        let all = lines.flatMap(\.points)
        let low = max(all.map(\.y).min() ?? 1, 1e-3)
        let high = max(all.map(\.y).max() ?? 1, low * 10)
        return LinePlot(
            title: "Time of a step against the number of parameters",
            x: .init(
                title: "parameters", scale: .logarithmic,
                range: (all.map(\.x).min() ?? 1e3) / 1.2...(all.map(\.x).max() ?? 1e7) * 1.2),
            y: .init(title: "µs a step", scale: .logarithmic, range: low / 1.5...high * 1.5),
            lines: lines, level: nil
        ).svg
    }
}
