import ArgumentParser
import NoBackTrackClient
import NoBackTrackSystem
import NoBackTrackWire

/// `nobacktrack forecast`: what comes next.
struct ForecastCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forecast", abstract: "Print the newest forecasts of a stream.")

    @Argument(help: "The stream; may be left out when there is one.")
    var stream: String?

    @Option(help: "Samples ahead, such as 1,10.", transform: ListArgument.horizons)
    var horizons: [Int]?

    @Option(help: "Channels, such as temp,flow.", transform: ListArgument.names)
    var channels: [String]?

    @Option(help: "Probability that the interval holds the value, between 0 and 1.")
    var level: Double?

    @Flag(help: "Print the daemon's answer as JSON.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let message = try await connection.withClient { client in
            try await client.forecast(stream: stream, horizons: horizons, channels: channels, level: level)
        }
        try Output.write(json ? JSONText.line(message) : Self.text(message, now: Clocks.wallSeconds()))
    }

    /// A heading line and a table.
    static func text(_ message: ForecastMessage, now: Double) -> String {
        if let probabilities = message.probabilities { return text(message, probabilities, now: now) }
        var heading = "\(message.stream): step \(message.step)"
        if let time = message.time { heading += ", \(TimeText.local(time, now: now))" }
        if let warming = message.warming {
            heading += ", warming up: \(warming.seen) of \(warming.needed) samples, no intervals yet"
        }
        let levels = Set(message.forecasts.map(\.level))
        if message.warming == nil, levels.count == 1, let level = levels.first {
            heading += ", lower and upper hold \(NumberText.significant(level * 100, digits: 2)) % of values"
        }
        var table = TextTable([
            ("channel", .left), ("ahead", .right), ("mean", .right), ("lower", .right), ("upper", .right),
        ])
        for head in message.forecasts {
            table.append([
                head.channel, "+\(head.horizon)", NumberText.significant(head.mean, digits: 5),
                NumberText.significant(head.lower, digits: 5), NumberText.significant(head.upper, digits: 5),
            ])
        }
        return heading + "\n" + table.text
    }

    /// The same of a symbol stream.
    private static func text(
        _ message: ForecastMessage, _ probabilities: SymbolProbabilities, now: Double
    ) -> String {
        var heading = "\(message.stream): step \(message.step)"
        if let time = message.time { heading += ", \(TimeText.local(time, now: now))" }
        var table = TextTable([("symbol", .left), ("probability", .right), ("", .left)])
        for entry in probabilities.entries {
            table.append([
                SymbolText.escape(entry.symbol), NumberText.fixed(entry.probability, decimals: 4),
                BarText.bar(entry.probability, columns: 20),
            ])
        }
        let known = probabilities.entries.reduce(0) { $0 + $1.probability }
        // Where the alphabet is given or full, what is missing is rounding.
        if known < 0.99995 {
            table.append([
                "(new)", NumberText.fixed(1 - known, decimals: 4), BarText.bar(1 - known, columns: 20),
            ])
        }
        return heading + ", the next symbol\n" + table.text
    }
}
