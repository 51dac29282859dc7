import NoBackTrackWire

/// A symbol stream's events as lines of text under a heading that comes back now and then: the bits that the symbol
/// held, and the likeliest next ones, as many as fit.
struct SymbolWatchView {
    /// Columns of the surprise: a bar and two decimals.
    private static let surpriseWidth = 11
    /// Columns of a symbol and its probability, `\x00 0.25`, two blanks before the next one included.
    private static let entryWidth = 11
    /// The most of them that are shown.
    private static let mostEntries = 8

    private var linesSinceHeading = 0
    private var stepWidth = "step".count

    /// A view that has shown nothing.
    init() { linesSinceHeading = WatchView.headingInterval }

    /// The lines that an event adds.
    ///
    /// - Parameter columns: The terminal's; nil for no limit.
    mutating func text(
        for event: ForecastMessage, _ probabilities: SymbolProbabilities, columns: Int?
    ) -> String {
        // Never narrower than before, so that lines stay aligned.
        stepWidth = max(stepWidth, "\(event.step)".count)
        let bar = BarText.bar(event.score, columns: 6)
        var line = "\(event.step)".padded(to: stepWidth, .right) + "  "
        line += "\(bar) \(NumberText.fixed(event.score, decimals: 2))".padded(to: Self.surpriseWidth)
        line += NumberText.fixed(event.bits, decimals: 2).padded(to: 7, .right)
        let room = columns.map { ($0 - line.count) / Self.entryWidth } ?? .max
        for entry in probabilities.entries.prefix(max(1, min(room, Self.mostEntries))) {
            let probability = NumberText.fixed(entry.probability, decimals: 2)
            line += "  " + "\(SymbolText.escape(entry.symbol).padded(to: 4)) \(probability)"
        }

        var text = ""
        if linesSinceHeading == WatchView.headingInterval {
            linesSinceHeading = 0
            let names = "surprise".padded(to: Self.surpriseWidth) + "bits".padded(to: 7, .right)
            text += "\n\(event.stream): bits of each symbol, and the likeliest next ones\n"
            text += "step".padded(to: stepWidth, .right) + "  \(names)  next\n"
        }
        if let dropped = event.dropped, dropped > 0 {
            text += "… \(dropped) samples not shown: this reader was behind\n"
        }
        linesSinceHeading += 1
        return text + line + "\n"
    }
}
