import NoBackTrack
import NoBackTrackTestSupport
import RealModule
import Testing

/// What a condition does to the learner of a stream.
@Suite struct ConditionRecoveryTests {
    /// 1 − (mean absolute error) / (that of persistence) over some steps of a noisy wave that has another scale and
    /// level from step 2000 on.
    static func skill(
        over steps: Range<Int>, factor: Double, offset: Double, seed: UInt64
    ) -> (skill: Double, met: [ConditionReport]) {
        var generator = SeededGenerator(seed: seed)
        var learner = StreamLearnerTests.learner(
            StreamLearnerTests.configuration(horizons: [1]), channels: 1)
        var (missed, moved, last, forecast) = (0.0, 0.0, 0.0, 0.0)
        var met: [ConditionReport] = []
        for step in 0..<steps.upperBound {
            let wave = 5 + Double.sin(Double(step) / 3) + 0.1 * generator.signedUnit()
            let value = step < 2000 ? wave : wave * factor + offset
            if steps.contains(step) {
                missed += (value - forecast).magnitude
                moved += (value - last).magnitude
            }
            learner.step([value].span)
            met += learner.conditions.reports
            (last, forecast) = (value, learner.mean(head: 0) ?? value)
        }
        return (1 - missed / moved, met)
    }

    @Test(arguments: [(1e6, 0), (1e-6, 0), (1e3, 0), (1, 1000)])
    func forecastsAreGoodAgainSoon(factor: Double, offset: Double) {
        for seed in 641...642 as ClosedRange<UInt64> {
            let before = Self.skill(over: 1700..<2000, factor: factor, offset: offset, seed: seed)
            let after = Self.skill(over: 2300..<2600, factor: factor, offset: offset, seed: seed)
            #expect(before.met.isEmpty && before.skill > 0.5, "seed \(seed)")
            // After a shift the deviation has grown with the jump and takes its time to shrink.
            let loss = offset == 0 ? 0.15 : 0.25
            #expect(after.skill > before.skill - loss, "seed \(seed): \(after.skill) after \(before.skill)")
            let condition = offset == 0 ? Condition.scaleChange : .levelShift
            #expect(after.met.map(\.condition) == [condition], "seed \(seed): \(after.met)")
            let expected = offset == 0 ? factor : offset
            #expect(abs(Double.log((after.met.first?.magnitude ?? 0) / expected)) < 1, "\(after.met)")
        }
    }

    /// Parameters that stand still stay where they are; what happens is told all the same.
    @Test func aLearnerThatDoesNotLearnIsLeftAlone() {
        var learner = StreamLearnerTests.learner(
            StreamLearnerTests.configuration(horizons: [1]), channels: 1)
        var generator = SeededGenerator(seed: 643)
        var met: [ConditionReport] = []
        func normaliser(_ learner: StreamLearner) -> [StateTensor] {
            learner.state().filter { $0.name.hasPrefix("normaliser.") }
        }
        var before: [StateTensor] = []
        for step in 0..<1200 {
            if step == 1000 {
                learner.isLearning = false
                before = normaliser(learner)
            }
            learner.step([generator.signedUnit() * (step < 1000 ? 1 : 1e6)].span)
            met += learner.conditions.reports
        }
        #expect(met.map(\.condition) == [.scaleChange])
        #expect(normaliser(learner) == before)
    }

    /// A state from before there was a watch.
    @Test func aStateWithoutConditionsIsTakenUp() throws {
        var learner = StreamLearnerTests.learner()
        _ = StreamLearnerTests.run(&learner, StreamLearnerTests.samples(100, seed: 644))
        let old = learner.state().filter { !$0.name.hasPrefix("conditions.") }
        #expect(old.count == learner.state().count - 4)
        var resumed = StreamLearnerTests.learner()
        try resumed.restore(old)
        #expect(resumed.stepCount == 100 && resumed.conditions.reportCount == 0)
    }
}
