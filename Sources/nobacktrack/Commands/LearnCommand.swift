import ArgumentParser
import NoBackTrackClient
import NoBackTrackWire

/// `nobacktrack learn on|off`: has a stream's parameters stand still, or move again.
struct LearnCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "learn",
        abstract: "Have a stream's parameters stand still (off) or move again (on); forecasts go on.")

    /// Whether samples change parameters.
    enum Setting: String, ExpressibleByArgument, CaseIterable {
        case on, off
    }

    @Argument(help: "on or off.")
    var setting: Setting

    @Argument(help: "The stream; may be left out when there is one.")
    var stream: String?

    @Flag(help: "Print the daemon's answer as JSON.")
    var json = false

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let message = try await connection.withClient {
            try await $0.learn(stream: stream, enabled: setting == .on)
        }
        try Output.write(
            json
                ? JSONText.line(message)
                : "\(message.stream): learning is \(message.enabled ? "on" : "off")\n")
    }
}
