import NoBackTrack
import NoBackTrackTestSupport
import Testing

@Suite struct ShrinkageTests {
    /// The factor after forecasts p whose changes are share · p plus noise.
    func factor(share: Double, noise: Double, count: Int = 5_000, seed: UInt64 = 101) -> Double {
        var generator = SeededGenerator(seed: seed)
        var shrinkage = Shrinkage(headCount: 2)
        for _ in 0..<count {
            let forecast = generator.signedUnit()
            let change = share * forecast + noise * generator.signedUnit()
            shrinkage.record(head: 1, forecast: forecast, change: change)
        }
        #expect(shrinkage.factor(head: 0) == 0)
        return shrinkage.factor(head: 1)
    }

    @Test(arguments: [0.0, 0.25, 0.5, 0.9]) func findsTheShareThatCameTrue(share: Double) {
        // Over about 1000 remembered forecasts of variance 1/3, noise of variance 1/12: s.e. 0.011 or so.
        #expect((factor(share: share, noise: 0.5) - share).magnitude < 0.06)
    }

    @Test func staysBetweenPersistenceAndTheForecast() {
        #expect(factor(share: -0.8, noise: 0.1) == 0)
        #expect(factor(share: 1.7, noise: 0.1) == 1)
    }

    @Test func aWildYouthIsSoonForgotten() {
        var shrinkage = Shrinkage(headCount: 1)
        var generator = SeededGenerator(seed: 102)
        for _ in 0..<20 { shrinkage.record(head: 0, forecast: 16 * generator.signedUnit(), change: 0) }
        #expect(shrinkage.factor(head: 0) < 0.1)
        for _ in 0..<200 {
            let forecast = generator.signedUnit()
            shrinkage.record(head: 0, forecast: forecast, change: forecast)
        }
        #expect(shrinkage.factor(head: 0) > 0.9, "\(generator)")
    }
}
