import NoBackTrack
import Testing

@Suite struct PhiloxTests {
    struct KnownAnswer: Sendable, CustomTestStringConvertible {
        var key: SIMD2<UInt32>
        var counter: SIMD4<UInt32>
        var output: SIMD4<UInt32>
        var testDescription: String { "key \(key) counter \(counter)" }
    }

    /// The known answers that come with the authors' Random123 library.
    static let knownAnswers = [
        KnownAnswer(
            key: SIMD2(0, 0), counter: SIMD4(0, 0, 0, 0),
            output: SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)),
        KnownAnswer(
            key: SIMD2(repeating: .max), counter: SIMD4(repeating: .max),
            output: SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)),
        KnownAnswer(
            key: SIMD2(0xa409_3822, 0x299f_31d0),
            counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
            output: SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)),
    ]

    @Test(arguments: knownAnswers) func answersAsPublished(_ known: KnownAnswer) {
        #expect(Philox.block(key: known.key, counter: known.counter) == known.output)
    }

    @Test func drawsAreAddressedBySeedStreamStepLaneAndPurpose() {
        let base = Philox(seed: 1, stream: 2)
        func draw(_ generator: Philox, step: UInt64 = 3, lane: UInt32 = 4) -> SIMD4<UInt32> {
            generator.block(purpose: .signs, step: step, lane: lane, index: 0)
        }
        let others = [
            draw(Philox(seed: 2, stream: 2)), draw(Philox(seed: 1, stream: 3)),
            draw(base, step: 4), draw(base, step: 3 + 1 << 32), draw(base, lane: 5),
            base.block(purpose: .initialParameters, step: 3, lane: 4, index: 0),
            base.block(purpose: .signs, step: 3, lane: 4, index: 1),
        ]
        for other in others { #expect(other != draw(base)) }
        #expect(Set(others).count == others.count)
        #expect(draw(base) == draw(Philox(seed: 1, stream: 2)))
    }

    @Test func signsAreFairAndUncorrelatedFromStepToStep() {
        let source = PhiloxSigns(seed: 5, stream: 6)
        let count = 300
        let steps = 1000
        var previous = [Double](repeating: 0, count: count)
        var sum = 0.0
        var products = 0.0
        for step in 0..<steps {
            var signs = [Double](repeating: 0, count: count)
            source.draw(&signs, step: UInt64(step), pair: 0)
            #expect(signs.allSatisfy { $0 == 1 || $0 == -1 })
            sum += signs.reduce(0, +)
            products += zip(signs, previous).reduce(0) { $0 + $1.0 * $1.1 }
            previous = signs
        }
        let standardError = Double(count * steps).squareRoot()
        #expect(sum.magnitude < 4 * standardError)
        #expect(products.magnitude < 4 * standardError)
    }

    @Test func uniformNumbersFillTheOpenInterval() {
        let numbers: [Double] = Philox(seed: 9, stream: 1).uniform(
            count: 30_001, purpose: .initialParameters, lane: 0)
        #expect(numbers.count == 30_001)
        #expect(numbers.allSatisfy { $0 > -1 && $0 < 1 && $0 != 0 })
        let mean = numbers.reduce(0, +) / Double(numbers.count)
        let variance = numbers.reduce(0) { $0 + $1 * $1 } / Double(numbers.count)
        // Uniform on (−1, 1): variance 1/3, and the square's variance 4/45.
        #expect(mean.magnitude < 4 / (3 * Double(numbers.count)).squareRoot())
        #expect((variance - 1.0 / 3).magnitude < 4 * (4.0 / 45 / Double(numbers.count)).squareRoot())
    }
}
