import ArgumentParser
import NoBackTrackSystem

/// Measures what is said about speed, on the machine it runs on. Whatever is compared is measured in turn, pair by
/// pair, in one run; a figure is the median of the pairs' ratios, with the middle half of them.
@main
struct Benchmarks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "NoBackTrackBenchmarks",
        abstract: "How fast nobacktrackd and its learner are, against what the machine could do.",
        discussion:
            "Build in release, with `swift build -c release`, together with the product nobacktrackd.",
        subcommands: [
            StepCommand.self, RatiosCommand.self, FormatsCommand.self, LatencyCommand.self,
            StreamsCommand.self, MemoryCommand.self, AllCommand.self,
        ])

    static func main() {
        StandardOutput.ignoreSIGPIPE()
        main(nil)
    }
}

/// What every measurement can be told.
struct CommonOptions: ParsableArguments {
    @Flag(help: "A few repetitions of everything: does it work, and roughly how fast is it?")
    var quick = false
}

/// What measurements of the daemon can be told.
struct DaemonOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The daemon; the one beside this program when left out.", valueName: "file"))
    var daemon: String?

    /// The daemon's path.
    var program: String { daemon ?? Executable.neighbour("nobacktrackd") }
}
