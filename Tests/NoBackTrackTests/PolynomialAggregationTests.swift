import NoBackTrack
import NoBackTrackTestSupport
import RealModule
import Testing

@Suite struct PolynomialAggregationTests {
    /// Experts whose errors are independent, of these standard deviations from sample `change` on and of those in reverse
    /// order before.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var deviations: [Double]
        var biases: [Double]
    }

    static let cases = [
        Case(testDescription: "one is better", deviations: [1, 0.2, 1, 2], biases: [0, 0, 0, 0]),
        Case(testDescription: "all alike", deviations: [1, 1, 1, 1], biases: [0, 0, 0, 0]),
        Case(testDescription: "biased against each other", deviations: [0.1, 0.1], biases: [1, -1]),
        Case(testDescription: "one is absurd", deviations: [0.5, 1e6], biases: [0, 1e9]),
        Case(
            testDescription: "many useless ones", deviations: [0.3] + Array(repeating: 3, count: 20),
            biases: []),
    ]

    /// Served over the best in hindsight, in mean absolute and in mean square errors.
    static func ratios(_ aCase: Case, delay: Int, seed: UInt64) -> (absolute: Double, square: Double) {
        var generator = SeededGenerator(seed: seed)
        let count = aCase.deviations.count
        var aggregation = PolynomialAggregation(headCount: 1, expertCount: count)
        var absolute = [Double](repeating: 0, count: count + 1)
        var square = absolute
        var pending: [(outcome: Double, served: Double, forecasts: [Double])] = []
        for t in 0..<8_000 {
            let outcome = Double.sin(Double(t) / 20)
            let forecasts = (0..<count).map {
                outcome + (aCase.biases.isEmpty ? 0 : aCase.biases[$0]) + aCase.deviations[$0]
                    * generator.normal()
            }
            let served = aggregation.served(head: 0, forecasts, from: 0, awake: .max)
            for (k, forecast) in (forecasts + [served]).enumerated() {
                absolute[k] += (forecast - outcome).magnitude
                square[k] += (forecast - outcome) * (forecast - outcome)
            }
            pending.append((outcome, served, forecasts))
            guard t >= delay else { continue }
            let (then, was, said) = pending[t - delay]
            aggregation.learn(head: 0, outcome: then, served: was, said, from: 0, awake: .max)
        }
        let best = (absolute.dropLast().min() ?? 0, square.dropLast().min() ?? 0)
        return (absolute[count] / best.0, square[count] / best.1)
    }

    @Test(arguments: cases, [0, 1, 24]) func itIsAboutAsGoodAsTheBest(aCase: Case, delay: Int) {
        let seed: UInt64 = 321
        let (absolute, square) = Self.ratios(aCase, delay: delay, seed: seed)
        // What learning the weights costs in the beginning weighs more in squares.
        #expect(absolute < 1.03 && square < 1.15, "seed \(seed)")
    }

    /// A mixture can be better than each: errors of opposite sign cancel.
    @Test func itIsBetterThanTheBestWhereAMixtureIs() {
        let seed: UInt64 = 322
        #expect(Self.ratios(Self.cases[1], delay: 0, seed: seed).square < 0.5, "seed \(seed)")
        #expect(Self.ratios(Self.cases[2], delay: 0, seed: seed).square < 0.1, "seed \(seed)")
    }

    @Test func itGoesOverToWhoBecomesBetter() {
        let seed: UInt64 = 323
        var generator = SeededGenerator(seed: seed)
        var aggregation = PolynomialAggregation(headCount: 1, expertCount: 2)
        for t in 0..<20_000 {
            let noise = [generator.signedUnit(), generator.signedUnit()]
            let forecasts = t < 10_000 ? [0.1 * noise[0], noise[1]] : [noise[0], 0.1 * noise[1]]
            let served = aggregation.served(head: 0, forecasts, from: 0, awake: .max)
            aggregation.learn(head: 0, outcome: 0, served: served, forecasts, from: 0, awake: .max)
            if t == 9_999 { #expect(aggregation.weight(head: 0, expert: 0) > 0.9, "seed \(seed)") }
        }
        #expect(aggregation.weight(head: 0, expert: 1) > 0.6, "seed \(seed)")
    }

    @Test func whoSleepsHasNoSay() {
        var aggregation = PolynomialAggregation(headCount: 2, expertCount: 3)
        for _ in 0..<200 {
            let served = aggregation.served(head: 1, [5, 1, -1e9], from: 0, awake: 0b011)
            #expect(served >= 1 && served <= 5)
            aggregation.learn(head: 1, outcome: 1, served: served, [5, 1, -1e9], from: 0, awake: 0b011)
        }
        #expect(aggregation.served(head: 1, [5, 1, -1e9], from: 0, awake: 0b011) < 1.1)
        // With nobody awake who has a weight, the first speaks.
        #expect(aggregation.served(head: 1, [5, 1, -1e9], from: 0, awake: 0b101) == 5)
        // The other head knows nothing of it.
        #expect(aggregation.served(head: 0, [5, 1, -1e9], from: 0, awake: 0b111) == 5)
    }
}
