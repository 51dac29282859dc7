import ArgumentParser
import NoBackTrackCheckpoint
import NoBackTrackSystem

/// `nobacktrack inspect FILE`: a look into a checkpoint.
struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what checkpoints hold, and whether they are sound.",
        discussion: """
            Norms are Euclidean lengths. Ends with status 65 at the first file that is damaged, or no checkpoint.
            """
    )

    @Argument(help: ".safetensors files of the daemon's state directory.")
    var files: [String]

    @Flag(help: "Print JSON, a line a file.")
    var json = false

    func run() async throws {
        for (place, file) in files.enumerated() {
            let report = try Self.report(on: file)
            if json {
                try Output.write(JSONText.line(report))
            } else {
                try Output.write((place > 0 ? "\n" : "") + report.text(now: Clocks.wallSeconds()))
            }
        }
    }

    private static func report(on file: String) throws(InspectionError) -> CheckpointReport {
        let bytes: [UInt8]
        do {
            bytes = try DurableFile.read(file)
        } catch {
            throw .unreadable(error)
        }
        do {
            return CheckpointReport(try Checkpoint(decoding: bytes), file: file, bytes: bytes.count)
        } catch {
            throw .damaged(path: file, reason: "\(error)")
        }
    }
}
