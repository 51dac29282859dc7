import ArgumentParser
import NoBackTrackClient
import NoBackTrackSystem
import NoBackTrackWire

/// `nobacktrack streams`: what the daemon learns.
struct StreamsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "streams", abstract: "List the streams that the daemon learns.")

    @Flag(help: "Print the daemon's answer as JSON.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let message = try await connection.withClient { try await $0.streams() }
        if json { return try Output.write(JSONText.line(message)) }
        try Output.write(StatusText.streams(message.streams, now: Clocks.wallSeconds()))
    }
}
