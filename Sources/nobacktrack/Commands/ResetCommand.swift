import ArgumentParser
import NoBackTrackCheckpoint
import NoBackTrackClient
import NoBackTrackSystem
import NoBackTrackWire

/// `nobacktrack reset STREAM`: has a stream forgotten.
struct ResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Have the daemon forget a stream: what it learned of it, and its checkpoints.",
        discussion: """
            The stream's next sample begins it anew, with any channels. Where a daemon does not start because a state \
            does not fit its configuration, --state-directory forgets the stream without a daemon.
            """)

    @Argument(help: "The stream.")
    var stream: String

    @Option(help: "State directory of a daemon that does not run.")
    var stateDirectory: String?

    @Flag(help: "Print the daemon's answer as JSON.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let message: ResetMessage
        if let stateDirectory {
            guard let step = try StoredStream.forget(stream, stateDirectory: stateDirectory) else {
                throw PredictClientError.refused(
                    code: "unknown_stream", message: "there is no stream \(stream) in \(stateDirectory)")
            }
            message = ResetMessage(stream: stream, step: step)
        } else {
            message = try await connection.withClient { try await $0.reset(stream: stream) }
        }
        try Output.write(
            json ? JSONText.line(message) : "\(message.stream): \(message.step) samples forgotten\n")
    }
}
