import NoBackTrack
import NoBackTrackSystem

extension ExperimentRun {
    /// Time steps and inputs of the network whose gradient is estimated for `unbiasedness`.
    private static let estimationSteps = 60
    private static let estimationInputs = 3

    /// Makes the same network's estimate again and again with other signs; the result is the distance of their mean
    /// from the exact gradient, in standard errors of that mean: about 1 for an unbiased estimator.
    ///
    /// The curve is the distance of the running mean relative to the gradient: it falls with the square root of the
    /// repetitions, or stays where a bias holds it.
    static func unbiasedness(
        _ contestant: Contestant, configuration: LearnerConfiguration, repetitions: Int,
        progress: ExperimentProgress
    ) -> (run: ExperimentRun, noise: Double) {
        var exactConfiguration = configuration
        exactConfiguration.estimator = .rtrl
        exactConfiguration.optimizer = .plain
        let exact = estimate(exactConfiguration, repetition: 0)
        let gradientNorm = exact.reduce(0) { $0 + Double($1) * Double($1) }
        var sum = [Double](repeating: 0, count: exact.count)
        var squaredErrors = 0.0
        var curve: [CurvePoint] = []
        var nextPoint = 1
        let timer = StepTimer()
        func distance(after count: Int) -> Double {
            var squared = 0.0
            for i in sum.indices {
                let difference = sum[i] / Double(count) - Double(exact[i])
                squared += difference * difference
            }
            return squared
        }
        for repetition in 1...repetitions where !Task.isCancelled {
            let estimate = estimate(configuration, repetition: UInt64(repetition))
            for i in sum.indices {
                let difference = Double(estimate[i]) - Double(exact[i])
                squaredErrors += difference * difference
                sum[i] += Double(estimate[i])
            }
            if repetition == nextPoint || repetition == repetitions {
                let relative = (distance(after: repetition) / gradientNorm).squareRoot()
                curve.append(CurvePoint(step: Double(repetition), value: relative))
                nextPoint = max(nextPoint + 1, nextPoint * 5 / 4)
            }
            progress.add(1)
        }
        let noise = squaredErrors / Double(repetitions)
        let standardError = noise / Double(repetitions)
        let squaredDistance = distance(after: repetitions)
        let run = ExperimentRun(
            contestant: contestant, seed: configuration.seed, curve: curve,
            result: (squaredDistance / max(standardError, 1e-12 * gradientNorm)).squareRoot(),
            nanosecondsPerStep: timer.nanoseconds(perStepOf: repetitions * estimationSteps),
            stateNumbers: network(configuration, repetition: 0).stateNumbers)
        return (run, noise / gradientNorm)
    }

    /// A network whose parameters and inputs are the seed's and whose signs are the repetition's.
    private static func network(
        _ configuration: LearnerConfiguration, repetition: UInt64
    ) -> any RecurrentTraining<Float> {
        RecurrentNetwork.make(
            configuration, task: .regression, inputCount: estimationInputs, streamKey: 0,
            signKey: repetition)
    }

    private static func estimate(_ configuration: LearnerConfiguration, repetition: UInt64) -> [Float] {
        var fixed = configuration
        fixed.learningRate = 0
        var network = network(fixed, repetition: repetition)
        let generator = Philox(seed: configuration.seed, stream: 1)
        let count = network.state.count
        for step in 0..<estimationSteps {
            let numbers: [Float] = generator.uniform(
                count: estimationInputs + count, purpose: .experiment, lane: UInt32(step))
            network.advance(input: Array(numbers[..<estimationInputs]))
            let delta = Array(numbers[estimationInputs...])
            // One output, of which δ is the gradient, for who asks for curvature.
            network.learn(delta: network.usesCurvature ? delta + delta : delta)
        }
        return network.denseEstimate
    }
}

/// Time and memory of a step of a network of some size.
struct ScalingPoint: Sendable {
    /// P.
    var parameters: Int
    /// Processor time, in nanoseconds.
    var nanoseconds: Double
    /// Numbers kept from one step to the next.
    var stateNumbers: Int
}

extension ScalingPoint {
    private static let inputs = 8
    /// Where one step of the exact gradient would take more operations than this it is left out.
    private static let mostOperations = 4e9

    /// The numbers of units whose networks have about 10³ … 10⁷ parameters, three to a power of ten.
    static let unitCounts: [Int] = (9...21).map { third in
        var parameters = 1.0
        for _ in 0..<third { parameters *= 2.154_434_690_031_884 }
        let b = Double(inputs + 1)
        return Int((((b * b + 4 * parameters).squareRoot() - b) / 2).rounded())
    }

    /// Runs a network for about so many milliseconds; nil where that is hopeless.
    static func measure(
        _ contestant: Contestant, configuration: LearnerConfiguration, units: Int, milliseconds: Int
    ) -> ScalingPoint? {
        var configuration = contestant.configuration(configuration)
        configuration.hiddenUnits = units
        let n = Double(units)
        let dense = n * Double(units + inputs + 1)
        if contestant.isExact, n * n * dense > mostOperations { return nil }
        var network = RecurrentNetwork.make(
            configuration, task: .regression, inputCount: inputs, streamKey: 0)
        let input = [Float](repeating: 0.5, count: inputs)
        // One output's curvature behind the gradient, for who asks for it.
        let rows = network.usesCurvature ? 2 : 1
        let delta = [Float](repeating: 1e-3, count: rows * network.state.count)
        func run(_ steps: Int) -> Double {
            let timer = StepTimer()
            for _ in 0..<steps {
                network.advance(input: input)
                network.learn(delta: delta)
            }
            return timer.nanoseconds(perStepOf: steps)
        }
        // Truncation learns once in so many steps: whole windows are measured.
        let window = max(configuration.estimator == .bptt ? configuration.truncation : 1, 1)
        let once = run(window)
        let windows = Int(Double(milliseconds) * 1e6 / 3 / max(once * Double(window), 1))
        let steps = window * min(max(windows, 1), 100_000)
        // The fastest of three: what disturbs can only slow.
        let fastest = min(run(steps), run(steps), run(steps))
        return ScalingPoint(
            parameters: network.parameters.count, nanoseconds: fastest, stateNumbers: network.stateNumbers)
    }
}
