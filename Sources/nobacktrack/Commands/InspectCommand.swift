import ArgumentParser
import NoBackTrackCheckpoint
import NoBackTrackSystem

/// `nobacktrack inspect FILE`: a look into a checkpoint.
struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what a checkpoint holds, and whether it is sound.",
        discussion: """
            Norms are Euclidean lengths. Ends with status 65 when the file is damaged, or is no checkpoint.
            """
    )

    @Argument(help: "A .safetensors file of the daemon's state directory.")
    var file: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let bytes: [UInt8]
        do {
            bytes = try DurableFile.read(file)
        } catch {
            throw InspectionError.unreadable(error)
        }
        let checkpoint: Checkpoint
        do {
            checkpoint = try Checkpoint(decoding: bytes)
        } catch {
            throw InspectionError.damaged(path: file, reason: "\(error)")
        }
        let report = CheckpointReport(checkpoint, file: file, bytes: bytes.count)
        try Output.write(json ? JSONText.line(report) : report.text(now: Clocks.wallSeconds()))
    }
}
