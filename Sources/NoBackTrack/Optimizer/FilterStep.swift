// The Kalman-like filter of NoBackTrack: the parameters are the hidden state, the outputs a noisy observation of it.
//
//   symbol   name              shape
//   g        gradient          P       δᵀG̃ = -Σ_o H_oᵀ R_o⁻¹ (y_o - ŷ_o)
//   H        curvature         rows    C G̃, with CᵀC the expected curvature of the loss by h
//   J        -                 P       the precision: J ← (1 - γ_t) J + Σ_o H_oᵀ R_o⁻¹ H_o                (16)
//   M        metric            P       its mean, J = M / γ_t + π:  M ← M + γ_t (Σ_o H_oᵀ R_o⁻¹ H_o - M)
//   π        priorPrecision    1       of a parameter about where it is; 0 leaves the trajectory free of units
//   m        momentum          P       m ← β m + (1 - β) g: the innovation of the newest samples
//   θ                          P       θ ← θ - η_t J⁻¹ m = θ - η_t γ_t (M + π γ_t)⁻¹ m                    (17)
//   γ_t      forgetting        1       max(γ_min, 1 / sqrt(t + t_0))                                      (18)
//   η_t      step size         1       η min(1, t / t_1): little is done while little is known
//   κ        largestChange     1       no parameter moves by more than κ of its standard deviation, J_jj^(-1/2)
//
// M in the place of J is nearly a matter of notation: J is a sum whose weights fade at the rate γ_t, M a mean that fades
// alike (and the same but for a factor where γ is constant), and a mean does not overflow single precision.

import CNoBackTrackKernels
import RealModule

/// Where the curvature that a filter gathers comes from.
package enum FilterObservation: Sendable, Equatable {
    /// g gᵀ: one pass whatever the number of outputs is, and of the same mean where the model's own
    /// probabilities hold.
    case outerProduct
    /// Σ_q H_qᵀ H_q over the rows of the loss's expected curvature.
    case full
}

/// What shapes a filter.
package struct FilterSettings<Scalar: LearnerScalar>: Sendable, Equatable {
    /// How much of J is kept.
    package var metric = FilterMetricKind.diagonal
    /// What J gathers.
    package var observation = FilterObservation.full
    /// η ≥ 0.
    package var stepSize: Scalar = 0.1
    /// γ_min in [0, 1).
    package var smallestForgetting: Scalar = 0
    /// t_0 ≥ 1.
    package var forgettingOffset: Scalar = 100
    /// π ≥ 0.
    package var priorPrecision: Scalar = 3
    /// β in [0, 1).
    package var momentum: Scalar = 0.9
    /// t_1 ≥ 1, steps.
    package var warmUp: Scalar = 3000
    /// κ > 0, in standard deviations.
    package var largestChange: Scalar = 0.05

    /// The defaults.
    package init() {}

    /// γ_t of the t-th step.
    func forgetting(atStep t: Scalar) -> Scalar {
        max(smallestForgetting, 1 / Scalar.sqrt(t + forgettingOffset))
    }

    /// η_t of the t-th step.
    func stepSize(atStep t: Scalar) -> Scalar { stepSize * min(1, t / warmUp) }
}

/// Steps of a diagonal or quasi-diagonal Kalman filter.
package struct FilterStep<Scalar: LearnerScalar>: Optimizer {
    private let settings: FilterSettings<Scalar>
    package let unitCount: Int
    private let parametersPerUnit: Int
    private var metric: FilterMetric<Scalar>
    private var momentum: [Scalar]
    private var counts: StepCounts<Scalar>
    private var change: [Scalar]

    package var usesCurvature: Bool { settings.observation == .full }
    package var hasMetric: Bool { true }

    /// A filter that has observed nothing.
    ///
    /// - Parameter metric: M to start from; of the settings' kind.
    package init(
        unitCount: Int, parametersPerUnit: Int, settings: FilterSettings<Scalar>,
        metric: FilterMetric<Scalar>
    ) {
        precondition(metric.kind == settings.metric)
        self.settings = settings
        self.unitCount = unitCount
        self.parametersPerUnit = parametersPerUnit
        self.metric = metric
        momentum = Array(repeating: 0, count: unitCount * parametersPerUnit)
        counts = StepCounts(unitCount: unitCount, figureCount: 2)
        change = Array(repeating: 0, count: parametersPerUnit)
    }

    package mutating func update(
        units: Range<Int>, gradients: inout [Scalar], rowCount: Int, parameters: inout [Scalar]
    ) {
        guard !stepByKernel(units: units, gradients: &gradients, rowCount: rowCount, parameters: &parameters)
        else { return }
        for unit in units {
            step(
                unit, gradients, from: (unit - units.lowerBound) * rowCount * parametersPerUnit,
                rowCount: rowCount,
                parameters: &parameters)
        }
    }

    package mutating func withKernelStep(
        units: Range<Int>, parameters: inout [Scalar], _ body: (KernelStep<Scalar>) -> Bool
    ) -> Bool {
        guard settings.metric == .diagonal else { return false }
        let (settings, total) = (settings, unitCount)
        counts.prepare(units) { t, figures in
            figures[0] = settings.stepSize(atStep: t) * settings.forgetting(atStep: t)
            figures[1] = settings.forgetting(atStep: t)
        }
        let isTaken = metric.withDiagonal { J in
            momentum.withUnsafeMutableBufferPointer { m in
                parameters.withUnsafeMutableBufferPointer { θ in
                    counts.withFigures { figures, used in
                        guard let θ = θ.baseAddress else { return false }
                        return body(
                            KernelStep(
                                kind: NBT_FILTER, usable: Self.smallestUnusable,
                                firstRate: 1 - settings.momentum, damping: settings.priorPrecision,
                                largestChange: settings.largestChange,
                                isLimited: settings.largestChange < .infinity, sizes: figures,
                                corrections: figures + total, first: m.baseAddress, second: J,
                                parameters: θ, used: used))
                    }
                }
            }
        }
        if isTaken { counts.advance(units) }
        return isTaken
    }

    /// One unit's step, whatever the metric is: what the kernel for diagonal ones does too.
    ///
    /// - Parameter gradient: holds the unit's rows from `first`.
    private mutating func step(
        _ unit: Int, _ gradient: [Scalar], from first: Int, rowCount: Int, parameters: inout [Scalar]
    ) {
        let c = parametersPerUnit
        guard squaredNorm(gradient, from: first, count: rowCount * c) < Self.smallestUnusable else { return }
        counts.count(unit)
        let t = Scalar(counts[unit])
        let γ_t = settings.forgetting(atStep: t)
        metric.forget(unit: unit, keeping: 1 - γ_t)
        // The rows of the curvature follow the gradient; without them it stands for them itself.
        for row in min(1, rowCount - 1)..<rowCount {
            metric.add(gradient, from: first + row * c, by: γ_t, unit: unit)
        }
        let β = settings.momentum
        scale(&momentum, from: unit * c, count: c, by: β)
        addScaled(gradient, from: first, by: 1 - β, to: &momentum, at: unit * c, count: c)
        for j in 0..<c { change[j] = momentum[unit * c + j] }
        let damping = settings.priorPrecision * γ_t
        metric.solve(&change, unit: unit, damping: damping)
        scale(&change, from: 0, count: c, by: settings.stepSize(atStep: t) * γ_t)
        metric.limit(
            &change, unit: unit, damping: damping,
            squaredRatio: settings.largestChange
                * settings.largestChange * γ_t)
        addScaled(change, by: -1, to: &parameters, at: unit * c, count: c)
    }

    /// πγ_t of a unit's newest step.
    private func damping(unit: Int) -> Scalar {
        settings.priorPrecision * settings.forgetting(atStep: Scalar(counts[unit]))
    }

    package func squaredNorms(
        unit: Int, _ a: [Scalar], _ places: VectorPlaces, _ b: [Scalar], count: Int, into out: inout [Scalar]
    ) -> Scalar {
        metric.squaredNorms(unit: unit, a, places, b, damping: damping(unit: unit), into: &out)
    }

    package func product(
        _ a: [Scalar], from aStart: Int, _ b: [Scalar], from bStart: Int, unit: Int, count: Int
    ) -> Scalar {
        metric.product(a, from: aStart, b, from: bStart, unit: unit, damping: damping(unit: unit))
    }

    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        try metric.exchange(with: &coder)
        try coder.exchange("metric.mean", shape: [unitCount, parametersPerUnit], &momentum)
        try counts.exchange(with: &coder)
    }
}
