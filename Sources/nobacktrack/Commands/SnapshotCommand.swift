import ArgumentParser
import NoBackTrackClient
import NoBackTrackWire

/// `nobacktrack snapshot`: checkpoints now.
struct SnapshotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Have the daemon write checkpoints now, and wait until they are on disk.")

    @Argument(help: "The stream; every stream when left out.")
    var stream: String?

    @Flag(help: "Print the daemon's answer as JSON.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let message = try await connection.withClient { try await $0.snapshot(stream: stream) }
        if json { return try Output.write(JSONText.line(message)) }
        if message.written.isEmpty { return try Output.write("nothing new to write\n") }
        var table = TextTable([("stream", .left), ("step", .right), ("written", .left)])
        for checkpoint in message.written {
            table.append([checkpoint.stream, "\(checkpoint.step)", checkpoint.path])
        }
        try Output.write(table.text)
    }
}
