import NoBackTrack
import NoBackTrackSystem
import NoBackTrackTestSupport

/// The same update written in numpy and in PyTorch, in a process that measures a repetition when it is told to.
final class PythonSteps {
    /// What shapes the step.
    private static let checkedSteps = 200
    private static let signPeriod = 512

    private let process: ChildProcess
    private let channel: LineChannel
    private let parameters: [Float]
    /// Those that this Python has: `numpy`, `torch`.
    let names: [String]
    /// Their versions, for the report.
    let versions: String

    /// Starts `step.py` with a Python and gives it the network that ``SteppingLearner`` starts from.
    ///
    /// - Throws: where that Python has no numpy.
    init(python: String, script: String, unitCount n: Int, inputCount m: Int) throws {
        let cell = LeakyTanhCell<Float>(
            unitCount: n, inputCount: m, slowestLeak: LearnerConfiguration().slowestLeak)
        let seed = LearnerConfiguration().seed
        let start = cell.initialParameters(Philox(seed: seed, stream: 1))
        let moments = Moments(inputCount: m, stateCount: n)
        let source = PhiloxSigns(seed: seed, stream: 1)
        let signs = (0..<Self.signPeriod).map { step in
            var signs = [Float](repeating: 0, count: n + 1)
            source.draw(&signs, step: UInt64(step), pair: 0)
            return signs
        }
        process = try ChildProcess([python, script, "--serve"], hasInput: true, hasOutput: true)
        channel = LineChannel(duplicating: process)
        parameters = start
        let task =
            "{\"leak\":\(cell.leak),\"parameters\":\(start),\"inputs\":\(moments.inputs),"
            + "\"deltas\":\(moments.deltas),\"signs\":\(signs)}"
        let answer: String
        do { answer = try channel.ask(task) } catch {
            throw BenchmarkError("\(python) \(script) does not answer; has it numpy?")
        }
        names = ["numpy", "torch"].filter { answer.contains("\"\($0)\": \"") }
        versions = answer
    }

    /// Makes sure that a step of that name does what ours does: parameters after some hundred steps agree.
    func verify(_ name: String, against learner: SteppingLearner) throws {
        var learner = learner
        _ = learner.run(Self.checkedSteps)
        let answer = try channel.ask(
            "{\"op\":\"parameters\",\"name\":\"\(name)\",\"steps\":\(Self.checkedSteps)}")
        let list = answer.drop { $0 != "[" }.dropFirst().prefix { $0 != "]" }
        let theirs = list.split(separator: ",").compactMap { Double($0.filter { $0 != " " }) }
        guard theirs.count == parameters.count else { throw BenchmarkError("\(name): \(answer.prefix(200))") }
        func change(_ numbers: [Double]) -> [Double] { zip(numbers, parameters).map { $0 - Double($1) } }
        let difference = largestRelativeDifference(
            change(theirs), change(learner.parameters.map(Double.init)))
        // Rounding alone, as the tests have it for the textbook's step.
        guard difference < 1e-2 else {
            throw BenchmarkError("\(name) does not do the same: changes differ by \(difference)")
        }
    }

    /// Takes so many steps.
    ///
    /// - Returns: nanoseconds of the processor that each took.
    func run(_ name: String, _ steps: Int) -> Double {
        guard let answer = try? channel.ask("{\"op\":\"run\",\"name\":\"\(name)\",\"steps\":\(steps)}"),
            let text = answer.split(separator: ":").last?.filter({ !" }".contains($0) }),
            let microseconds = Double(text)
        else { return .nan }
        return 1000 * microseconds
    }
}
