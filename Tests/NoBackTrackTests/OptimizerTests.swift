import NoBackTrack
import NoBackTrackTestSupport
import RealModule
import Testing

@Suite struct OptimizerTests {
    static let units = 2
    static let count = 3

    /// Gradients of two units over some steps: one with a signal, one of noise alone.
    static func gradients(_ steps: Int, seed: UInt64) -> [[[Double]]] {
        var generator = SeededGenerator(seed: seed)
        return (0..<steps).map { _ in
            [generator.signedUnits(count).map { 0.2 + 0.1 * $0 }, generator.signedUnits(count)]
        }
    }

    @Test func plainStepsShrinkWithTheSquareRootOfTime() {
        var optimizer = PlainStep<Double>(
            unitCount: Self.units, schedule: StepSchedule(stepSize: 0.5, decay: 0.1))
        var parameters = [Double](repeating: 1, count: 6)
        var naive = parameters
        for (t, gradient) in Self.gradients(20, seed: 121).enumerated() {
            for unit in 0..<Self.units {
                optimizer.update(unit: unit, gradient: gradient[unit], parameters: &parameters)
                for j in 0..<3 {
                    naive[unit * 3 + j] -= 0.5 / (1 + 0.1 * Double(t + 1).squareRoot()) * gradient[unit][j]
                }
            }
        }
        #expect(largestRelativeDifference(parameters, naive) < 1e-13)
    }

    /// Adam as its paper's algorithm 1 has it.
    @Test func adamAgreesWithItsAlgorithm() {
        var optimizer = AdamStep<Double>(
            unitCount: Self.units, parametersPerUnit: Self.count,
            schedule: StepSchedule(stepSize: 0.01, decay: 0.1))
        var parameters = [Double](repeating: 1, count: 6)
        var naive = parameters
        var m = [Double](repeating: 0, count: 6)
        var v = m
        for (index, gradient) in Self.gradients(200, seed: 122).enumerated() {
            let t = Double(index + 1)
            for unit in 0..<Self.units {
                optimizer.update(unit: unit, gradient: gradient[unit], parameters: &parameters)
                for j in 0..<3 {
                    let p = unit * 3 + j
                    let g = gradient[unit][j]
                    m[p] = 0.9 * m[p] + 0.1 * g
                    v[p] = 0.999 * v[p] + 0.001 * g * g
                    let corrected = m[p] / (1 - Double.pow(0.9, t))
                    let spread = (v[p] / (1 - Double.pow(0.999, t))).squareRoot()
                    naive[p] -= 0.01 / (1 + 0.1 * t.squareRoot()) * corrected / (spread + 1e-8)
                }
            }
        }
        #expect(largestRelativeDifference(parameters, naive) < 1e-12)
    }

    @Test func signalMovesAUnitAndNoiseDoesNot() {
        var optimizer = SignalToNoiseStep<Double>(
            unitCount: Self.units, parametersPerUnit: Self.count, stepSize: 0.01)
        var parameters = [Double](repeating: 0, count: 6)
        var travelled = [0.0, 0.0]
        for gradient in Self.gradients(5_000, seed: 123) {
            for unit in 0..<Self.units {
                let before = parameters
                optimizer.update(unit: unit, gradient: gradient[unit], parameters: &parameters)
                travelled[unit] += (parameters[unit * 3] - before[unit * 3]).magnitude
            }
        }
        #expect(parameters[0] < -1)
        #expect(travelled[1] < 0.02 * travelled[0])
    }

    @Test func noParameterMovesFurtherThanItMay() {
        var optimizer = SignalToNoiseStep<Double>(
            unitCount: 1, parametersPerUnit: 1, stepSize: 100, largestChange: 0.05)
        var parameters = [0.0]
        for _ in 0..<100 {
            let before = parameters[0]
            optimizer.update(unit: 0, gradient: [0.3], parameters: &parameters)
            // The subtraction that measures it rounds.
            #expect((parameters[0] - before).magnitude <= 0.05 + 1e-12)
        }
        #expect(parameters[0] < -1)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e200])
    func aGradientThatIsNoUsableNumberMovesNothing(bad: Double) {
        func check<Step: Optimizer>(_ optimizer: Step) where Step.Scalar == Double {
            var optimizer = optimizer
            var parameters = [0.5, -0.5]
            optimizer.update(unit: 0, gradient: [0.1, bad], parameters: &parameters)
            #expect(parameters == [0.5, -0.5])
            optimizer.update(unit: 0, gradient: [0.1, -0.1], parameters: &parameters)
            let isFinite = parameters.allSatisfy { $0.isFinite }
            #expect(isFinite)
        }
        check(PlainStep<Double>(unitCount: 1, schedule: StepSchedule(stepSize: 0.1)))
        check(AdamStep<Double>(unitCount: 1, parametersPerUnit: 2, schedule: StepSchedule(stepSize: 0.1)))
        check(SignalToNoiseStep<Double>(unitCount: 1, parametersPerUnit: 2, stepSize: 0.1))
    }
}
