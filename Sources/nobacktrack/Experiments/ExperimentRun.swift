import NoBackTrack
import NoBackTrackSystem

/// What one contestant did under one seed.
struct ExperimentRun: Sendable {
    /// Who.
    var contestant: Contestant
    /// Under which seed.
    var seed: UInt64
    /// The learning curve: where along the run, and how well.
    var curve: [CurvePoint] = []
    /// The figure that counts; infinite where the run diverged.
    var result: Double
    /// Processor time a step, in nanoseconds.
    var nanosecondsPerStep: Double
    /// Numbers that are kept from one step to the next.
    var stateNumbers: Int
}

/// A point of a learning curve.
struct CurvePoint: Sendable, Equatable {
    var step: Double
    var value: Double
}

/// A processor's time spent by the thread that asks: what else the machine does is not counted.
struct StepTimer {
    private let start = Clocks.threadNanoseconds()

    /// Nanoseconds for each of so many steps, since the timer was made.
    func nanoseconds(perStepOf steps: Int) -> Double {
        Double(Clocks.threadNanoseconds() - start) / Double(max(steps, 1))
    }
}

extension ExperimentRun {
    /// Points of a learning curve.
    static let curvePoints = 200

    /// Learns a symbol stream; the result is the mean of the bits per symbol over the last tenth.
    static func symbols(
        _ task: SymbolTask, _ contestant: Contestant, configuration: LearnerConfiguration, steps: Int,
        progress: ExperimentProgress
    ) -> ExperimentRun {
        var stream = task.stream(seed: configuration.seed)
        var learner = SymbolLearner(
            configuration: configuration, alphabet: task.alphabet, streamKey: 0)
        var curve: [CurvePoint] = []
        var last = 0.0
        let lastTenth = steps - max(steps / 10, 1)
        let timer = StepTimer()
        var step = 0
        for point in 1...curvePoints {
            let end = steps * point / curvePoints
            guard end > step else { continue }
            var sum = 0.0
            let start = step
            while step < end {
                // Whoever stops the program does not wait for a long run's end.
                if step % 1024 == 0, Task.isCancelled { break }
                learner.step(stream.next())
                let bits = learner.newestBits ?? 0
                sum += bits
                if step >= lastTenth { last += bits }
                step += 1
            }
            if step < end { break }
            curve.append(CurvePoint(step: Double(end), value: sum / Double(end - start)))
            progress.add(end - start)
        }
        return ExperimentRun(
            contestant: contestant, seed: configuration.seed, curve: curve,
            result: last / Double(steps - lastTenth), nanosecondsPerStep: timer.nanoseconds(perStepOf: steps),
            stateNumbers: learner.state().reduce(0) { $0 + $1.elements.count })
    }

    /// Moves the one parameter of the influence balancing network; the result is the loss at the end.
    static func influenceBalancing(
        _ contestant: Contestant, configuration: LearnerConfiguration, steps: Int,
        progress: ExperimentProgress
    ) -> ExperimentRun {
        var chain = InfluenceBalancing(configuration: configuration)
        var curve: [CurvePoint] = []
        var loss = Double.infinity
        let timer = StepTimer()
        var step = 0
        for point in 1...curvePoints {
            let end = steps * point / curvePoints
            let start = step
            if Task.isCancelled { break }
            while step < end {
                loss = chain.step()
                step += 1
            }
            curve.append(CurvePoint(step: Double(end), value: loss))
            progress.add(end - start)
        }
        return ExperimentRun(
            contestant: contestant, seed: configuration.seed, curve: curve, result: loss,
            nanosecondsPerStep: timer.nanoseconds(perStepOf: steps), stateNumbers: chain.stateNumbers)
    }
}
