import ArgumentParser
import Configuration
import FoundationEssentials
import Logging
import NoBackTrackDaemon
import NoBackTrackSystem

/// The program: options, log, exit codes.
@main
struct NobacktrackdCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nobacktrackd", abstract: "Learns sensor streams online and forecasts them.",
        discussion: """
            Samples come on standard input (NDJSON, CSV, InfluxDB line protocol, raw frames, or bytes as symbols) and on the \
            ingest socket, forecasts go out on the predict socket. Every option is a configuration key and an \
            environment variable too, such as NOBACKTRACKD_PREDICT_SOCKET_PATH: option over environment over file over \
            default.

            Exit codes: 0 asked to stop or input ended, 64 bad arguments, 65 unusable input or state, 74 I/O failed, \
            78 bad configuration.
            """,
        version: DaemonVersion.text)

    @OptionGroup var options: DaemonOptions

    @Flag(help: "Validate, print the effective configuration, and exit.")
    var checkConfig = false

    private static let destination = LogDestination(environment: ProcessInfo.processInfo.environment)

    static func main() async {
        StandardDescriptors.openMissing()
        destination.introduce()
        do {
            var command = try parseAsRoot()
            if var daemon = command as? Self { try await daemon.run() } else { try command.run() }
        } catch {
            let isMistake = !(error is ExitCode) && exitCode(for: error) == .validationFailure
            // Who types is shown how to use it; the journal has one message of it, as of any other failure.
            guard isMistake, destination.isJournal else { exit(withError: error) }
            log(DaemonFailure(.usage, message(for: error)))
            exit(withError: ExitCode(DaemonFailure.Code.usage.rawValue))
        }
    }

    mutating func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        do {
            let contents = try options.contents()
            let load = { @Sendable [file = options.config] () async throws(ConfigurationError) in
                try await ConfigurationLoader.load(
                    file: file ?? Self.standardFile(environment), environment: environment, options: contents)
            }
            let configuration = try await load()
            if checkConfig {
                try StandardOutput.writeAll(Array(ConfigurationDocument.text(configuration).utf8))
                return
            }
            try await serve(configuration, environment, load)
        } catch let error as ConfigurationError {
            try fail(DaemonFailure(.configuration, "configuration: \(error)"))
        } catch let error as SystemError {
            try fail(DaemonFailure(.inputOutput, "\(error)"))
        } catch let failure as DaemonFailure {
            try fail(failure)
        }
    }

    /// The configuration file where none is named; nil when there is none.
    private static func standardFile(_ environment: [String: String]) -> String? {
        let paths = DefaultPaths(environment: environment)
        // systemd shows credentials to the service alone, not to what checks the configuration before a reload.
        if let path = paths.credential, (try? LinuxFileSystem().status(at: path)) != nil { return path }
        guard let path = paths.configurationFile else { return nil }
        do { return try LinuxFileSystem().status(at: path) == nil ? nil : path } catch {
            // It is there: reading it will say what is wrong.
            return path
        }
    }

    /// Who says that memory is short; nil when nobody does.
    private static func memoryPressure(
        _ environment: [String: String], _ logger: Logger
    ) -> MemoryPressureWatch? {
        guard let path = environment["MEMORY_PRESSURE_WATCH"], path != "/dev/null" else { return nil }
        let request = environment["MEMORY_PRESSURE_WRITE"].flatMap { Data(base64Encoded: $0) } ?? Data()
        do throws(SystemError) { return try MemoryPressureWatch(path: path, request: Array(request)) } catch {
            logger.log(.pressureUnwatched, metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func serve(
        _ configuration: DaemonConfiguration, _ environment: [String: String],
        _ load: @escaping @Sendable () async throws(ConfigurationError) -> DaemonConfiguration
    ) async throws {
        let settings = LogSettings(configuration)
        let output = LogOutput(settings: settings, destination: Self.destination)
        let telling = Task { await output.tellSuppressedRegularly() }
        defer {
            telling.cancel()
            output.tellSuppressed(isLast: true)
        }
        let logger = Logger(label: "nobacktrackd") { DaemonLogHandler(label: $0, output: output) }
        let daemon = Daemon(
            configuration: configuration,
            environment: DaemonEnvironment(
                paths: DefaultPaths(environment: environment), handedOver: try ServiceManager.listenSockets(),
                descriptorStore: environment["NOTIFY_SOCKET"] == nil ? nil : .serviceManager,
                memoryPressure: Self.memoryPressure(environment, logger), loadConfiguration: load,
                logSettings: settings),
            logger: logger)
        try await daemon.runUntilSignalled()
    }

    /// Says what is wrong where the log goes, and exits.
    private func fail(_ failure: DaemonFailure) throws {
        Self.log(failure)
        throw ExitCode(failure.code.rawValue)
    }

    private static func log(_ failure: DaemonFailure) {
        let output = LogOutput(settings: LogSettings(), destination: destination)
        Logger(label: "nobacktrackd") { DaemonLogHandler(label: $0, output: output) }
            .log(failure.code.eventKind, "\(failure)")
    }
}
