import ArgumentParser
import NoBackTrackClient
import NoBackTrackWire

/// `nobacktrack reset STREAM`: has a stream forgotten.
struct ResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Have the daemon forget a stream: what it learned of it, and its checkpoints.",
        discussion: "The stream's next sample begins it anew, with any channels.")

    @Argument(help: "The stream.")
    var stream: String

    @Flag(help: "Print the daemon's answer as JSON.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let message = try await connection.withClient { try await $0.reset(stream: stream) }
        try Output.write(
            json ? JSONText.line(message) : "\(message.stream): \(message.step) samples forgotten\n")
    }
}
