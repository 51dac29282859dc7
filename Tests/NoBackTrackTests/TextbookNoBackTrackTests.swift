import NoBackTrackTestSupport
import Testing

@testable import NoBackTrack

/// The step as it is served, kernels and all, against the textbook's.
@Suite struct TextbookNoBackTrackTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var units: Int
        var inputs: Int
        var rank: Int
        var testDescription: String { "n = \(units), m = \(inputs), r = \(rank)" }
    }

    static let shapes: [Shape] = [
        .init(units: 1, inputs: 1, rank: 1), .init(units: 3, inputs: 0, rank: 2),
        .init(units: 7, inputs: 2, rank: 1), .init(units: 16, inputs: 1, rank: 4),
        .init(units: 33, inputs: 5, rank: 1), .init(units: 64, inputs: 8, rank: 2),
        .init(units: 97, inputs: 3, rank: 1),
    ]

    /// Of the largest number. One rounding of single precision is 6e-8 of a number, a sum of c terms errs by about √c of
    /// them, and what a step errs by stays in v̄, w̄ and θ for the rest of the run and is passed on from unit to unit: by
    /// the end √100 · 6e-8 · √200, about 1e-5. With half of that measured, and kernels free to sum in any order, the
    /// tolerance leaves ten times as much; a sign that is swapped, a row that is left out are beyond it in a few steps.
    /// Longer runs of larger steps drift apart for good, as those of any two programs in single precision.
    static let tolerance = 1e-4
    static let steps = 200

    @Test(arguments: shapes) func theStepFollowsItsTwin(_ shape: Shape) {
        var configuration = LearnerConfiguration()
        configuration.hiddenUnits = shape.units
        configuration.rank = shape.rank
        configuration.optimizer = .signalToNoise
        // Four times the usual step: otherwise parameters would agree for hardly having moved.
        configuration.learningRate = 0.02
        var real = RecurrentNetwork.make(
            configuration, task: .regression, inputCount: shape.inputs, streamKey: 3)
        let cell = LeakyTanhCell<Float>(
            unitCount: shape.units, inputCount: shape.inputs, slowestLeak: configuration.slowestLeak)
        let start = real.parameters
        var twin = TextbookNoBackTrack(
            leak: cell.leak, parameters: start, rank: shape.rank,
            generator: Philox(seed: configuration.seed, stream: 3), stepSize: 0.02)
        var generator = SeededGenerator(seed: 11)
        for step in 1...Self.steps {
            // A mean that is not zero, so that there is a signal to step by.
            let input = generator.signedUnits(shape.inputs).map { Float($0 + 0.3) }
            let delta = generator.signedUnits(shape.units).map { Float(0.5 * $0 + 0.2) }
            real.advance(input: input)
            twin.advance(input: input)
            real.learn(delta: delta)
            twin.learn(delta: delta)
            guard step % 50 == 0 else { continue }
            expectClose(real.state, twin.state, "h after \(step) steps, \(generator)")
            expectClose(real.parameters, twin.parameters, "θ after \(step) steps, \(generator)")
            // What was learned, which the parameters' start does not hide.
            expectClose(
                zip(real.parameters, start).map { $0 - $1 }, zip(twin.parameters, start).map { $0 - $1 },
                "θ - θ(0) after \(step) steps, \(generator)")
        }
        let moved = zip(real.parameters, start).filter { $0 != $1 }.count
        #expect(moved > start.count / 2, "hardly anything was learned: \(moved) of \(start.count)")
    }

    private func expectClose(
        _ a: [Float], _ b: [Float], _ what: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let difference = largestRelativeDifference(a.map(Double.init), b.map(Double.init))
        #expect(difference <= Self.tolerance, "\(what): \(difference)", sourceLocation: sourceLocation)
    }
}
