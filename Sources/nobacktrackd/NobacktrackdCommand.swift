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

    static func main() async {
        StandardDescriptors.openMissing()
        await main(nil)
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
        DefaultPaths(environment: environment).configurationFiles.first { path in
            do { return try LinuxFileSystem().status(at: path) != nil } catch {
                // It is there: reading it will say what is wrong.
                return true
            }
        }
    }

    /// Who says that memory is short; nil when nobody does.
    private static func memoryPressure(
        _ environment: [String: String], _ logger: Logger
    ) -> MemoryPressureWatch? {
        guard let path = environment["MEMORY_PRESSURE_WATCH"], path != "/dev/null" else { return nil }
        let request = environment["MEMORY_PRESSURE_WRITE"].flatMap { Data(base64Encoded: $0) } ?? Data()
        do throws(SystemError) { return try MemoryPressureWatch(path: path, request: Array(request)) } catch {
            logger.warning(
                "Nobody can say when memory is short: MEMORY_PRESSURE_WATCH is of no use",
                metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func serve(
        _ configuration: DaemonConfiguration, _ environment: [String: String],
        _ load: @escaping @Sendable () async throws(ConfigurationError) -> DaemonConfiguration
    ) async throws {
        let isJournal = StandardErrorLogHandler.isJournal(environment: environment)
        let level = Logger.Level(rawValue: configuration.logLevel.rawValue) ?? .info
        let logger = Logger(label: "nobacktrackd") { label in
            StandardErrorLogHandler(label: label, level: level, isJournal: isJournal)
        }
        let daemon = Daemon(
            configuration: configuration,
            environment: DaemonEnvironment(
                paths: DefaultPaths(environment: environment), handedOver: try ServiceManager.listenSockets(),
                descriptorStore: environment["NOTIFY_SOCKET"] == nil ? nil : .serviceManager,
                memoryPressure: Self.memoryPressure(environment, logger), loadConfiguration: load),
            logger: logger)
        try await daemon.runUntilSignalled()
    }

    /// Says what is wrong on standard error, where the journal takes it for an error, and exits.
    private func fail(_ failure: DaemonFailure) throws {
        let isJournal = StandardErrorLogHandler.isJournal(environment: ProcessInfo.processInfo.environment)
        Logger(label: "nobacktrackd") { label in
            StandardErrorLogHandler(label: label, level: .critical, isJournal: isJournal)
        }.critical("\(failure)")
        throw ExitCode(failure.code.rawValue)
    }
}
