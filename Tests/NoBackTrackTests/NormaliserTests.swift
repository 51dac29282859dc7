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

    @Test func aRestartedChannelHasTheNewScaleAtOnce() {
        var generator = SeededGenerator(seed: 64)
        var normaliser = Normaliser(channelCount: 2)
        for _ in 0..<20_000 {
            for channel in 0..<2 { normaliser.absorb(generator.signedUnit(), channel: channel) }
        }
        let other = normaliser.scale(channel: 0)
        normaliser.restart(channel: 1, mean: 3e6, meanDeviation: 1e6)
        #expect((normaliser.scale(channel: 1) / 1e6 - 1.2533).magnitude < 1e-3)
        #expect(normaliser.standardise(3e6, channel: 1) == 0)
        for _ in 0..<300 { normaliser.absorb(2e6 * generator.signedUnit(), channel: 1) }
        // Uniform on ±2e6.
        #expect((normaliser.scale(channel: 1) / 1.155e6 - 1).magnitude < 0.3, "\(generator)")
        #expect(normaliser.scale(channel: 0) == other)
        normaliser.recentre(channel: 0, mean: 70)
        #expect(normaliser.scale(channel: 0) == other && normaliser.standardise(70, channel: 0) == 0)
    }
}
