import Testing

@testable import nobacktrack

/// Scores that were reckoned by hand.
@Suite struct PrequentialTests {
    /// Takes a series of one channel.
    private func scored(
        _ series: [Double], horizons: [Int], firstScored: Int
    ) -> Prequential<SteadyLearner> {
        var evaluation = Prequential(
            SteadyLearner(horizons: horizons), targets: [0], horizons: horizons, level: 0.9,
            firstScored: firstScored)
        for value in series { evaluation.take([value].span) }
        return evaluation
    }

    private func near(_ one: Double?, _ other: Double) -> Bool {
        one.map { ($0 - other).magnitude < 1e-15 * max(other.magnitude, 1) } ?? false
    }

    @Test func errorsAreThoseOfTheForecastsThatArrived() {
        let evaluation = scored([0, 1, 3, 6, 10], horizons: [1, 2], firstScored: 2)
        // Forecasts 2, 4, 7 of 3, 6, 10.
        let next = evaluation.scores[0]
        #expect(next.errors.count == 3 && near(next.errors.mae, 2))
        #expect(near(next.errors.rmse, (14.0 / 3).squareRoot()))
        #expect(near(next.persistence.mae, 3) && near(next.skill, 1.0 / 3))
        // Forecasts 1, 2, 4 of the same.
        let second = evaluation.scores[1]
        #expect(second.errors.count == 3 && near(second.errors.mae, 4))
        #expect(near(second.persistence.mae, 5) && near(second.skill, 0.2))
    }

    @Test func movementIsThatOfTheScoredSamples() {
        let movement = scored([0, 1, 3, 6, 10], horizons: [1], firstScored: 2).movements[0]
        // 3, 6, 10: changes 2, 3, 4.
        #expect(near(movement.meanChange, 3))
        #expect(near(movement.standardDeviation, 74.0.squareRoot() / 3))
    }

    @Test func intervalsHoldTheirEndsAndCountOnlyWhereThereAreSome() {
        let evaluation = scored([0, 1, 3, 6, 10], horizons: [1, 2], firstScored: 2)
        // 0…4, 2…6, 5…9 for 3, 6, 10.
        #expect(evaluation.scores[0].intervals == 3 && near(evaluation.scores[0].coverage, 2.0 / 3))
        #expect(near(evaluation.scores[0].meanWidth, 4))
        // None, 0…4, 2…6 for 3, 6, 10.
        #expect(evaluation.scores[1].intervals == 2 && near(evaluation.scores[1].coverage, 0))
    }

    @Test func expertsAreMeasuredWhereTheyHadAForecast() throws {
        let score = scored([0, 1, 3, 6, 10], horizons: [1], firstScored: 2).scores[0]
        #expect(near(score.experts[0].errors.mae, 3))
        #expect(near(score.experts[0].meanWeight, 0.3))
        // Without error, and yet not to be compared with: it was there for one of three.
        #expect(score.experts[1].errors.count == 1 && near(score.experts[1].errors.mae, 0))
        #expect(near(score.experts[1].forecast.mae, 1))
        #expect(score.experts[2].errors.count == 0 && score.experts[2].meanWeight == nil)
        let best = try #require(score.best)
        #expect(best.expert == 0 && near(best.skill, 1.0 / 3))
    }

    @Test func missingValuesAreNotScored() {
        let evaluation = scored([0, 1, .nan, 4, 5, .nan], horizons: [1, 2], firstScored: 0)
        // 1 of 0, 5 of 4.
        #expect(evaluation.scores[0].errors.count == 2 && near(evaluation.scores[0].errors.mae, 0))
        // 4 of 1.
        #expect(evaluation.scores[1].errors.count == 1 && near(evaluation.scores[1].errors.mae, 2))
        #expect(near(evaluation.movements[0].meanChange, 1))
    }

    @Test func whatThereIsNotIsNil() {
        let nothing = scored([], horizons: [1], firstScored: 0)
        #expect(nothing.scores[0].errors.mae == nil && nothing.scores[0].coverage == nil)
        #expect(nothing.scores[0].best == nil && nothing.movements[0].standardDeviation == nil)
        // Persistence made no error.
        #expect(scored([2, 2, 2], horizons: [1], firstScored: 0).scores[0].skill == nil)
    }

    @Test func scoresOfSeveralSeedsAddUp() {
        var sum = scored([0, 1, 3], horizons: [1], firstScored: 1).scores[0]
        sum.add(scored([0, 5, 6, 9], horizons: [1], firstScored: 2).scores[0])
        // Errors 0, 1 and 0, 2.
        #expect(sum.errors.count == 4 && near(sum.errors.mae, 0.75))
        #expect(near(sum.persistence.mae, 1.75) && sum.intervals == 3)
    }
}
