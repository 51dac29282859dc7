import ArgumentParser
import NoBackTrackClient
import NoBackTrackWire

/// `nobacktrack flush`: waits until everything received is learned.
struct FlushCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flush", abstract: "Wait until every sample received so far is learned.")

    @Flag(help: "Print the daemon's answer as JSON.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let message = try await connection.withClient { try await $0.flush() }
        try Output.write(json ? JSONText.line(message) : "\(message.samples) samples learned\n")
    }
}
