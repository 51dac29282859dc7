import ArgumentParser
import NoBackTrack
import NoBackTrackTestSupport

/// The time of a step against the number of parameters.
struct StepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step",
        abstract: "Time of a step against n for every estimator, beside the machine's limits.")

    @OptionGroup var common: CommonOptions

    @Option(help: "Inputs, m.")
    var inputs = 8

    /// n of the columns.
    private var unitCounts: [Int] { common.quick ? [16, 64, 256] : [16, 32, 64, 128, 256, 512, 1024, 2048] }

    /// Every row, and up to which n it is measured: some have costs that grow faster than P.
    private static let contestants: [(contestant: Contestant, largest: Int)] = [
        (Contestant(.nobacktrack), 2048), (Contestant(.nobacktrack, rank: 2), 2048),
        (Contestant(.nobacktrack, rank: 4), 2048), (Contestant(.nobacktrack, groups: 8), 2048),
        (Contestant(.nobacktrack, optimizer: .adam), 2048),
        (Contestant(.nobacktrack, optimizer: .kalman), 2048),
        (Contestant(.nobacktrack, rank: 4, optimizer: .kalman), 2048), (Contestant(.uoro), 2048),
        (Contestant(.snap1), 2048), (Contestant(.bptt), 1024), (Contestant(.frozen), 2048),
        (Contestant(.rtrl), 64),
    ]

    func run() throws {
        Machine.pin(to: [Machine.cores[0]])
        defer { Machine.pin(to: Machine.cores) }
        print(Machine.description)
        let peak = MultiplyAddPeak.measure(rounds: common.quick ? 1_000_000 : 20_000_000)
        print("fused multiply-add peak of one core: \(Text.number(peak)) GFLOP/s\n")
        print("µs a step (m = \(inputs)), and how many plain passes over three arrays of P floats that is\n")
        let pace = Pace(quick: common.quick)
        var table = Table(["", "n ="] + unitCounts.map { "\($0)" })
        table.append(["P", ""] + unitCounts.map { "\($0 * ($0 + inputs + 1))" })
        table.append(passRow(pace))
        for (contestant, largest) in Self.contestants {
            let cells = unitCounts.map { n in
                guard n <= largest else { return "–" }
                let times = compare(contestant, unitCount: n, pace)
                let nanoseconds = Quartiles(times.first).median
                return "\(Text.number(nanoseconds / 1000)) (\(Text.number(times.ratio.median)) ×)"
            }
            table.append([contestant.name, "µs"] + cells)
        }
        print(table.text)
    }

    /// The pass by itself: its time, and both directions' bytes by it.
    private func passRow(_ pace: Pace) -> [String] {
        ["pass", "µs"]
            + unitCounts.map { n in
                let pass = MemoryPass(count: n * (n + inputs + 1))
                let count = pace.count(pass.run)
                let nanoseconds = Quartiles((0..<pace.pairs).map { _ in pass.run(count) }).median
                return "\(Text.number(nanoseconds / 1000)) (\(Text.number(pass.bytes / nanoseconds)) GB/s)"
            }
    }

    private func compare(_ contestant: Contestant, unitCount n: Int, _ pace: Pace) -> PairedTimes {
        var learner = SteppingLearner(contestant, unitCount: n, inputCount: inputs)
        let pass = MemoryPass(count: n * (n + inputs + 1))
        let configuration = contestant.configuration
        // Truncated backpropagation works once in so many steps.
        let unit = configuration.estimator == .bptt ? configuration.truncation : 1
        return pace.compare(multipleOf: unit, { learner.run($0) }, pass.run)
    }
}
