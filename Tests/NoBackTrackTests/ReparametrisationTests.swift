import NoBackTrack
import NoBackTrackTestSupport
import RealModule
import Testing

/// The filter with its scalings does not depend on the units that states and parameters are expressed in: with all
/// regularisation off, parameters that mean the same at the start mean the same ever after.
@Suite struct ReparametrisationTests {
    /// What is tried on every cell.
    struct Form: Sendable, CustomTestStringConvertible {
        var metric: FilterMetricKind
        var observation: FilterObservation
        var scaling: FactorScaling
        var testDescription: String { "\(metric), \(observation), \(scaling)" }
    }

    static let forms = [FilterMetricKind.diagonal, .quasiDiagonal].flatMap { metric in
        [FilterObservation.outerProduct, .full].flatMap { observation in
            [FactorScaling.sensitivity, .uncertainty].map {
                Form(metric: metric, observation: observation, scaling: $0)
            }
        }
    }

    static let steps = 40

    /// The base's parameters along a run of the transformed cell, at its last step.
    func trajectory<C: Cell>(_ cell: TransformedCell<C>, _ form: Form, seed: UInt64) -> [Double] {
        var generator = SeededGenerator(seed: seed)
        let P = cell.parameterCount
        let start = generator.signedUnits(P).map { 0.7 * $0 }
        let diagonal = generator.signedUnits(P).map { 1 + 0.5 * $0 }
        var withBias = generator.signedUnits(P).map { 0.3 * $0 }
        for unit in 0..<cell.unitCount {
            for row in cell.parameterRows {
                let bias = unit * cell.parametersPerUnit + row.bias
                withBias[bias] = diagonal[bias]
            }
        }
        let prior = cell.transformed(diagonal: diagonal, withBias: withBias)
        var settings = FilterSettings<Double>()
        settings.metric = form.metric
        settings.observation = form.observation
        settings.priorPrecision = 0
        settings.warmUp = 1
        // A limit on every parameter by itself is free of its scale, not of what it has in common with the bias.
        if form.metric == .quasiDiagonal { settings.largestChange = .infinity }
        settings.stepSize = 0.5
        var trainer = RecurrentTrainer(
            cell: cell,
            estimator: NoBackTrackEstimator(
                cell: cell, rank: 2, signSource: PhiloxSigns(seed: seed, stream: 1), scaling: form.scaling,
                sensitivityFloor: 0, regularisation: 0),
            optimizer: FilterStep(
                unitCount: cell.unitCount, parametersPerUnit: cell.parametersPerUnit, settings: settings,
                metric: FilterMetric(
                    kind: form.metric, unitCount: cell.unitCount, rows: cell.parameterRows,
                    prior: prior.diagonal, priorWithBias: prior.withBias)),
            parameters: cell.transformed(start))
        let weights = generator.signedUnits(cell.stateCount)
        for _ in 0..<Self.steps {
            trainer.advance(input: generator.signedUnits(cell.inputCount))
            // ℓ = ½ (wᵀh − y)², whose derivatives by h' are those by h over the scale.
            let output = zip(weights, zip(trainer.state, cell.stateScale)).reduce(0.0) {
                $0 + $1.0 * $1.1.0 / $1.1.1
            }
            let error = output - generator.signedUnit()
            let row = zip(weights, cell.stateScale).map { $0 / $1 }
            let delta = row.map { error * $0 }
            trainer.learn(delta: form.observation == .full ? delta + row : delta)
        }
        return cell.original(trainer.parameters)
    }

    /// Scales over four orders of magnitude.
    static func scales(_ count: Int, seed: UInt64) -> [Double] {
        var generator = SeededGenerator(seed: seed)
        return generator.signedUnits(count).map { Double.pow(100, $0) }
    }

    @Test(arguments: TestedCell.allCases, forms)
    func diagonalRescalingChangesNothing(tested: TestedCell, form: Form) {
        func check<C: Cell>(_ cell: C) where C.Scalar == Double {
            let plain = trajectory(TransformedCell(cell), form, seed: 51)
            let rescaled = TransformedCell(
                cell, stateScale: Self.scales(cell.stateCount, seed: 52),
                parameterScale: Self.scales(cell.parameterCount, seed: 53))
            let other = trajectory(rescaled, form, seed: 51)
            #expect(largestRelativeDifference(plain, other) < 1e-9)
            // It has gone somewhere.
            let start = TransformedCell(cell)
            var generator = SeededGenerator(seed: 51)
            let first = start.original(generator.signedUnits(cell.parameterCount).map { 0.7 * $0 })
            #expect(largestRelativeDifference(plain, first) > 1e-3)
        }
        tested.withCell(units: 3, inputs: 2) { check($0) }
    }

    /// x' = a x + b for an input of some units: every row's weight on it is rescaled and its bias takes up the rest.
    static func affine<C: Cell>(_ cell: C) -> TransformedCell<C> where C.Scalar == Double {
        var scale = [Double](repeating: 1, count: cell.parameterCount)
        var share = [Double](repeating: 0, count: cell.parameterCount)
        var generator = SeededGenerator(seed: 54)
        for unit in 0..<cell.unitCount {
            for row in cell.parameterRows where row.range.count > 1 {
                // The weight beside the bias: the cells have their inputs there.
                let weight = row.bias > row.range.lowerBound ? row.bias - 1 : row.bias + 1
                scale[unit * cell.parametersPerUnit + weight] = 1.5 + generator.signedUnit()
                share[unit * cell.parametersPerUnit + weight] = 2 * generator.signedUnit()
            }
        }
        return TransformedCell(cell, parameterScale: scale, biasShare: share)
    }

    @Test(arguments: TestedCell.allCases, forms.filter { $0.metric == .quasiDiagonal })
    func affineChangeOfAnInputChangesNothing(tested: TestedCell, form: Form) {
        func check<C: Cell>(_ cell: C) where C.Scalar == Double {
            let plain = trajectory(TransformedCell(cell), form, seed: 55)
            let other = trajectory(Self.affine(cell), form, seed: 55)
            #expect(largestRelativeDifference(plain, other) < 1e-9)
        }
        tested.withCell(units: 3, inputs: 2) { check($0) }
    }

    /// What the two tests above would not find if trajectories were compared badly.
    @Test func plainStepsAndTheDiagonalDependOnUnits() {
        let cell = LeakyTanhCell<Double>(unitCount: 3, inputCount: 2, slowestLeak: 0.1)
        let diagonal = Form(metric: .diagonal, observation: .full, scaling: .sensitivity)
        let plain = trajectory(TransformedCell(cell), diagonal, seed: 56)
        let affine = trajectory(Self.affine(cell), diagonal, seed: 56)
        #expect(largestRelativeDifference(plain, affine) > 1e-3)

        let euclidean = Form(metric: .diagonal, observation: .full, scaling: .euclidean)
        let rescaled = TransformedCell(
            cell, stateScale: Self.scales(3, seed: 57),
            parameterScale: Self.scales(cell.parameterCount, seed: 58))
        let one = trajectory(TransformedCell(cell), euclidean, seed: 56)
        let other = trajectory(rescaled, euclidean, seed: 56)
        #expect(largestRelativeDifference(one, other) > 1e-3)
    }
}
