import ArgumentParser
import NoBackTrackClient
import NoBackTrackWire

/// `nobacktrack metrics`: the daemon's figures for a monitoring system.
struct MetricsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics", abstract: "Print the daemon's metrics as text for Prometheus and its like.")

    @Option(help: "The text's format: openmetrics or prometheus (its classic one).")
    var format: MetricsFormat = .openMetrics

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let message = try await connection.withClient { try await $0.metrics(format: format) }
        try Output.write(message.text)
    }
}

extension MetricsFormat: ExpressibleByArgument {}
