import NoBackTrack
import NoBackTrackTestSupport

/// The figures of one step.
struct StepFigures {
    let pace: Pace

    /// All but those that need a Python.
    func measure() -> [Figure] {
        [passes(256, .signalToNoise), passes(256, .plain)] + [64, 256].map(textbook)
            + [64, 256].map(rankFour)
    }

    /// A step against the least that a pass over three arrays can be: by the default optimizer, whose step goes over
    /// four, and by the plain one, whose step goes over two.
    private func passes(_ n: Int, _ optimizer: LearnerConfiguration.OptimizerKind) -> Figure {
        let m = 8
        var learner = SteppingLearner(
            Contestant(.nobacktrack, optimizer: optimizer), unitCount: n, inputCount: m)
        let pass = MemoryPass(count: n * (n + m + 1))
        let times = pace.compare({ learner.run($0) }, pass.run)
        return Figure(
            name:
                "step of rank 1, \(optimizer.rawValue), n = \(n), by a pass that changes three arrays of P floats",
            reach: .atMost(2.5), measured: times.ratio, unit: "×", detail: Self.microseconds(times))
    }

    /// The naive twin against the step.
    private func textbook(_ n: Int) -> Figure {
        var twin = SteppingTextbook(unitCount: n, inputCount: 8)
        var learner = SteppingLearner(Contestant(.nobacktrack), unitCount: n, inputCount: 8)
        let times = pace.compare({ twin.run($0) }, { learner.run($0) })
        return Figure(
            name: "naive twin, compiled -O, n = \(n), by the step", reach: .atLeast(5), measured: times.ratio,
            unit: "×", detail: Self.microseconds(times))
    }

    private func rankFour(_ n: Int) -> Figure {
        var four = SteppingLearner(Contestant(.nobacktrack, rank: 4), unitCount: n, inputCount: 8)
        var one = SteppingLearner(Contestant(.nobacktrack), unitCount: n, inputCount: 8)
        let times = pace.compare({ four.run($0) }, { one.run($0) })
        return Figure(
            name: "rank 4, n = \(n), by rank 1", reach: .atMost(2.2), measured: times.ratio, unit: "×",
            detail: Self.microseconds(times))
    }

    /// The same update in numpy and PyTorch against the step.
    func python(_ python: String, script: String) throws -> [Figure] {
        let (n, m) = (64, 8)
        let steps = try PythonSteps(python: python, script: script, unitCount: n, inputCount: m)
        print("Python: \(steps.versions)")
        // Long ones: after the wait for its turn an interpreter needs some steps to get going.
        var pace = pace
        pace.repetition = 20e6
        if !steps.names.contains("torch") {
            print("\(python) has no torch that can be imported: no row for it")
        }
        return try steps.names.map { name in
            var learner = SteppingLearner(Contestant(.nobacktrack), unitCount: n, inputCount: m)
            try steps.verify(name, against: learner)
            let times = pace.compare({ steps.run(name, $0) }, { learner.run($0) })
            return Figure(
                name: "the same update in \(name), n = \(n), m = \(m), by the step", reach: .atLeast(25),
                measured: times.ratio, unit: "×", detail: Self.microseconds(times))
        }
    }

    /// Both medians.
    private static func microseconds(_ times: PairedTimes) -> String {
        let medians = [times.first, times.second].map { Text.number(Quartiles($0).median / 1000) }
        return "\(medians[0]) µs, \(medians[1]) µs"
    }
}
