import NoBackTrack
import NoBackTrackTestSupport
import Testing

@Suite struct NormaliserTests {
    @Test func agreesWithTheTextbookStatistics() {
        let seed: UInt64 = 61
        var generator = SeededGenerator(seed: seed)
        var normaliser = Normaliser(channelCount: 2)
        var values: [Double] = []
        for _ in 0..<500 {
            let value = 20 + 3 * generator.signedUnit()
            values.append(value)
            normaliser.absorb(value, channel: 1)
        }
        let mean = values.reduce(0, +) / 500
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 500
        #expect((normaliser.scale(channel: 1) - variance.squareRoot()).magnitude < 1e-10, "seed \(seed)")
        let standard = normaliser.standardise(mean + variance.squareRoot(), channel: 1)
        #expect((standard - 1).magnitude < 1e-10, "seed \(seed)")
        #expect(normaliser.scale(channel: 0) == 0)
    }

    @Test func aChannelThatHasNotVariedIsZero() {
        var normaliser = Normaliser(channelCount: 1)
        #expect(normaliser.standardise(1e300, channel: 0) == 0)
        normaliser.absorb(5, channel: 0)
        #expect(normaliser.standardise(7, channel: 0) == 0)
        normaliser.absorb(5, channel: 0)
        #expect(normaliser.standardise(7, channel: 0) == 0)
        normaliser.absorb(7, channel: 0)
        #expect(normaliser.standardise(7, channel: 0) > 0)
    }

    @Test(arguments: [1e6, -1e6, 1e100, -1e100]) func oneOutlierNeitherEscapesNorDecidesTheScale(
        outlier: Double
    ) {
        var generator = SeededGenerator(seed: 62)
        var normaliser = Normaliser(channelCount: 1)
        for _ in 0..<1000 { normaliser.absorb(generator.signedUnit(), channel: 0) }
        let before = normaliser.scale(channel: 0)
        #expect(normaliser.standardise(outlier, channel: 0).magnitude == Normaliser.clip)
        normaliser.absorb(outlier, channel: 0)
        #expect(normaliser.scale(channel: 0) < 1.2 * before)
    }

    @Test func aNewScaleIsFollowed() {
        var generator = SeededGenerator(seed: 63)
        var normaliser = Normaliser(channelCount: 1)
        for _ in 0..<1000 { normaliser.absorb(generator.signedUnit(), channel: 0) }
        for _ in 0..<3000 { normaliser.absorb(1e6 * generator.signedUnit(), channel: 0) }
        #expect(normaliser.scale(channel: 0) > 1e5)
    }
}
