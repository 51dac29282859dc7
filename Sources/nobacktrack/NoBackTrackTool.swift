import ArgumentParser
import Glibc
import NoBackTrackClient
import NoBackTrackSystem

/// What a person types: questions to a running daemon, this machine as a sensor, a look into checkpoints.
@main
struct NoBackTrackTool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nobacktrack",
        abstract: "Forecasts of a running nobacktrackd, and what else a person wants of it.",
        discussion: """
            Exit status: 0 done; 1 refused by the daemon; 64 wrong arguments; 65 damaged or useless file; 66 no such file; \
            69 no daemon listens; 74 input or output failed; 76 an answer that was not understood.
            """,
        subcommands: [
            ForecastCommand.self, WatchCommand.self, StatusCommand.self, StreamsCommand.self,
            MetricsCommand.self, SnapshotCommand.self, FlushCommand.self, LearnCommand.self,
            ResetCommand.self, HostCommand.self,
            SendCommand.self, InspectCommand.self, EvaluateCommand.self, ExperimentCommand.self,
        ]
    )

    static func main() async {
        StandardOutput.ignoreSIGPIPE()
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            if Output.isReaderGone(error) { exit(withError: ExitCode.success) }
            guard let code = exitStatus(of: error) else { exit(withError: error) }
            Output.complain("\(error)")
            exit(withError: ExitCode(code))
        }
    }

    /// The exit status for an error of ours; nil for one of the argument parser's.
    private static func exitStatus(of error: any Error) -> Int32? {
        switch error {
        case let error as PredictClientError:
            switch error {
            case .unreachable: EX_UNAVAILABLE
            case .refused: 1
            case .closed: EX_IOERR
            case .notUnderstood: EX_PROTOCOL
            }
        case is SystemError: EX_IOERR
        case let error as InspectionError: error.exitStatus
        case let error as EvaluationError: error.exitStatus
        default: nil
        }
    }
}
