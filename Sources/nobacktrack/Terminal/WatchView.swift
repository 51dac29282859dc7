import NoBackTrackWire

/// A stream's forecast events as lines of text under a heading that comes back now and then.
///
/// Each forecast has a column; the fewer columns the terminal has, the less each of them tells:
/// `20.41 [19.92, 20.90] ▁▂▄▆█`, then `20.41 ±0.49 ▁▂▄▆█`, then `20.41 ±0.49`, then what does not fit is left out
/// and counted in the heading.
struct WatchView {
    /// Lines between two headings.
    static let headingInterval = 24

    /// How much a column tells.
    enum Detail: CaseIterable {
        case ends
        case halfWidthAndTrail
        case halfWidth

        /// Terminal columns, two blanks before the next one included.
        var width: Int {
            switch self {
            case .ends: 40
            case .halfWidthAndTrail: 24
            case .halfWidth: 17
            }
        }

        /// Values that the sparkline remembers.
        var trail: Int {
            switch self {
            case .ends: 8
            case .halfWidthAndTrail: 6
            case .halfWidth: 0
            }
        }
    }

    /// A forecast's place, which stays the same from event to event.
    private struct Place: Hashable {
        var channel: String
        var horizon: Int
    }

    private let channels: [String]?
    private let horizons: [Int]?
    private var trails: [Place: [Double]] = [:]
    private var heading = ""
    private var linesSinceHeading = 0
    private var timeWidth = 0
    private var stepWidth = 0
    private var symbols = SymbolWatchView()

    /// A view of some channels and horizons; nil channels are all, nil horizons all of a single channel and
    /// the nearest of several.
    init(channels: [String]?, horizons: [Int]?) {
        self.channels = channels
        self.horizons = horizons
    }

    /// The lines that an event adds.
    ///
    /// - Parameters:
    ///   - columns: The terminal's; nil for no limit.
    ///   - now: Epoch seconds of the present; times of today are shown without the date.
    mutating func text(for event: ForecastMessage, columns: Int?, now: Double) -> String {
        if let probabilities = event.probabilities {
            return symbols.text(for: event, probabilities, columns: columns)
        }
        let heads = chosen(from: event.forecasts)
        for head in heads {
            var trail = trails[Place(channel: head.channel, horizon: head.horizon)] ?? []
            if trail.count == Detail.ends.trail { trail.removeFirst() }
            trails[Place(channel: head.channel, horizon: head.horizon)] = trail + [head.mean]
        }

        let time = event.time.map { TimeText.local($0, now: now) } ?? ""
        // Never narrower than before, so that lines stay aligned.
        timeWidth = max(timeWidth, time.count)
        stepWidth = max(stepWidth, "\(event.step)".count, "step".count)
        var line = timeWidth > 0 ? time.padded(to: timeWidth) + "  " : ""
        line += "\(event.step)".padded(to: stepWidth, .right) + "  "
        line += surprise(of: event)

        let room = columns.map { $0 - line.count } ?? .max
        let detail = Detail.allCases.first { room / $0.width >= heads.count } ?? .halfWidth
        let shown = heads.prefix(max(1, room / detail.width))
        for head in shown { line += "  " + cell(for: head, detail) }
        while line.last == " " { line.removeLast() }

        var text = ""
        let newHeading = self.heading(over: shown, detail, of: event, leftOut: heads.count - shown.count)
        if newHeading != heading || linesSinceHeading == Self.headingInterval {
            heading = newHeading
            linesSinceHeading = 0
            text += newHeading
        }
        if let dropped = event.dropped, dropped > 0 {
            text += "… \(dropped) samples not shown: this reader was behind\n"
        }
        linesSinceHeading += 1
        return text + line + "\n"
    }

    private func chosen(from heads: [HeadForecast]) -> [HeadForecast] {
        var heads = heads.filter { channels?.contains($0.channel) ?? true }
        if let horizons {
            heads.removeAll { !horizons.contains($0.horizon) }
        } else if Set(heads.map(\.channel)).count > 1 {
            let nearest = heads.map(\.horizon).min()
            heads.removeAll { $0.horizon != nearest }
        }
        return heads
    }

    /// Columns of the surprise: a bar and two decimals, or how far warming up has come.
    private static let surpriseWidth = 11

    private func surprise(of event: ForecastMessage) -> String {
        if let warming = event.warming {
            let percent = warming.needed == 0 ? 0 : Double(warming.seen) / Double(warming.needed) * 100
            return "warming \(NumberText.fixed(min(percent, 99).rounded(.down), decimals: 0))%"
                .padded(to: Self.surpriseWidth)
        }
        let bar = BarText.bar(event.score, columns: 6)
        return "\(bar) \(NumberText.fixed(event.score, decimals: 2))".padded(to: Self.surpriseWidth)
    }

    /// The forecast in exactly as many columns as its detail has.
    private func cell(for head: HeadForecast, _ detail: Detail) -> String {
        let mean = NumberText.fitting(head.mean, columns: 8, digits: 4).padded(to: 8, .right)
        var interval = "±?"
        if let lower = head.lower, let upper = head.upper {
            switch detail {
            case .ends:
                let ends = [lower, upper].map { NumberText.fitting($0, columns: 8, digits: 4) }
                interval = "[\(ends[0]), \(ends[1])]"
            case .halfWidthAndTrail, .halfWidth:
                interval = "±" + NumberText.fitting(upper / 2 - lower / 2, columns: 5, digits: 3)
            }
        }
        var cell = "\(mean) \(interval.padded(to: detail == .ends ? 20 : 6))"
        if detail.trail > 0 {
            let trail = trails[Place(channel: head.channel, horizon: head.horizon)] ?? []
            cell += " " + BarText.sparkline(trail.suffix(detail.trail)).padded(to: detail.trail, .right)
        }
        return cell
    }

    private func heading(
        over heads: ArraySlice<HeadForecast>, _ detail: Detail, of event: ForecastMessage, leftOut: Int
    ) -> String {
        var text = timeWidth > 0 ? "time".padded(to: timeWidth) + "  " : ""
        text += "step".padded(to: stepWidth, .right) + "  " + "surprise".padded(to: Self.surpriseWidth)
        for head in heads {
            let ahead = " +\(head.horizon)"
            let room = detail.width - 2 - ahead.count
            let name = head.channel.count <= room ? head.channel : head.channel.prefix(room - 1) + "…"
            text += "  " + (name + ahead).padded(to: detail.width - 2)
        }
        while text.last == " " { text.removeLast() }
        var explanation = "\(event.stream): forecasts +N samples ahead"
        if let level = heads.first?.level {
            explanation +=
                ", with the interval that holds \(NumberText.significant(level * 100, digits: 2)) % of values"
        }
        if leftOut > 0 { explanation += "; \(leftOut) more do not fit, choose with --channels" }
        return "\n\(explanation)\n\(text)\n"
    }
}
