import ArgumentParser
import NoBackTrackClient
import NoBackTrackSystem
import NoBackTrackWire

/// `nobacktrack status`: how the daemon, or one stream, is.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how the daemon and its streams are.")

    @Argument(help: "Show this stream alone, with the figures of each forecast.")
    var stream: String?

    @Flag(help: "Print the daemon's answer as JSON.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let (text, now) = (StatusText.self, Clocks.wallSeconds())
        if let stream {
            let status = try await connection.withClient { client in
                guard let status = try await client.status().streams.first(where: { $0.stream == stream })
                else {
                    throw PredictClientError.refused(
                        code: "unknown_stream", message: "there is no stream \(stream)")
                }
                return status
            }
            return try Output.write(json ? JSONText.line(status) : text.stream(status, now: now))
        }
        let message = try await connection.withClient { try await $0.status() }
        if json { return try Output.write(JSONText.line(message)) }
        try Output.write(text.daemon(message, now: now) + "\n" + text.streams(message.streams, now: now))
    }
}
