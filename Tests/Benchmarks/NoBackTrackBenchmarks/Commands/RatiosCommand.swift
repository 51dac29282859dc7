import ArgumentParser
import Glibc

/// Every figure that is promised.
struct RatiosCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ratios",
        abstract: "The figures that are promised: what has to be reached, and what was measured.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var daemon: DaemonOptions

    @Option(
        help: ArgumentHelp("A Python with numpy and torch; none: no rows for them.", valueName: "file"))
    var python: String?

    @Option(help: ArgumentHelp("Where step.py is.", valueName: "file"))
    var script = "Tests/Benchmarks/step.py"

    func run() throws {
        print(Machine.description)
        let figures = DaemonFigures(program: daemon.program, quick: common.quick)
        let steps = StepFigures(pace: Pace(quick: common.quick))
        var table = Table(Figure.heading)
        func add(_ figures: [Figure]) {
            for figure in figures {
                print("\(figure.name): \(Text.spread(figure.measured)) \(figure.unit)")
                table.append(figure.row)
                // To be seen at once where the output is no terminal.
                fflush(nil)
            }
        }
        Machine.pin(to: [Machine.cores[0]])
        add(steps.measure())
        if let python {
            add(try steps.python(python, script: script))
        } else {
            print("no Python was named (--python): no rows for numpy and PyTorch")
        }
        Machine.pin(to: Machine.cores)
        add([try figures.endToEnd()])
        if let figure = try figures.twoCores() { add([figure]) }
        add(try figures.latency())
        add([try figures.subscribers()])
        add([try figures.memory()])
        print("\n" + table.text)
    }
}
