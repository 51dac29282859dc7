import ArgumentParser
import NoBackTrackClient
import NoBackTrackSystem
import NoBackTrackWire

/// `nobacktrack watch`: a stream's forecasts as they are made.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Follow a stream: one line a sample with its forecasts, their intervals and the surprise.",
        discussion: """
            A symbol stream has a line a symbol: the bits of information it held, and the likeliest next ones.

            Surprise is how unlikely the sample was by the forecasts made before it, from 0 to 1. Ends with the \
            daemon, or by Ctrl-C.
            """
    )

    @Argument(help: "The stream; may be left out when there is one.")
    var stream: String?

    @Option(help: "Show these channels, such as temp,flow.", transform: ListArgument.names)
    var channels: [String]?

    @Option(
        help:
            "Show forecasts so many samples ahead, such as 1,10 (else every one of a single channel, the nearest of several).",
        transform: ListArgument.horizons)
    var horizons: [Int]?

    @Option(help: ArgumentHelp("End after so many samples.", valueName: "samples"))
    var count: Int?

    @Flag(help: "Print the daemon's events as JSON, one a line.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard count ?? 1 >= 1 else { throw ValidationError("--count needs a number of samples ≥ 1") }
    }

    func run() async throws {
        try await untilAskedToStop { try await connection.withClient(follow) }
    }

    private func follow(_ client: PredictClient) async throws {
        let events = try await client.subscribe(stream: stream)
        var view = WatchView(channels: channels, horizons: horizons)
        var shown = 0
        for try await event in events {
            for condition in event.conditions {
                try Output.write(json ? JSONText.line(condition) : ConditionText.line(condition))
            }
            try Output.write(
                json
                    ? JSONText.line(event)
                    : view.text(for: event, columns: Terminal.columns, now: Clocks.wallSeconds()))
            shown += 1
            if shown == count { return }
        }
        if !Task.isCancelled { Output.complain("the daemon has ended the stream") }
    }
}
