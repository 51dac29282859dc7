// The Kalman-like filter of NoBackTrack: the parameters are the hidden state, the outputs a noisy observation of it.
//
//   symbol   name          shape
//   g        gradient      P       δᵀG̃ = -Σ_o H_oᵀ R_o⁻¹ (y_o - ŷ_o)
//   H        curvature     rows    C G̃, with CᵀC the expected curvature of the loss by h
//   J        metric        P       J ← (1 - γ_t) J + Σ_o H_oᵀ R_o⁻¹ H_o, as far as it is kept           (16)
//   θ                      P       θ ← θ - η J⁻¹ g                                                       (17)
//   γ_t      forgetting    1       max(γ_min, 1 / sqrt(t + t_0))                                          (18)
//   d        damping       1       added to J where it is inverted; 0 leaves the trajectory free of units

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
    package var observation = FilterObservation.outerProduct
    /// η ≥ 0.
    package var stepSize: Scalar = 0.1
    /// γ_min in [0, 1).
    package var smallestForgetting: Scalar = 0
    /// t_0 ≥ 1.
    package var forgettingOffset: Scalar = 100
    /// d ≥ 0.
    package var damping: Scalar = 1e-2

    /// The defaults.
    package init() {}
}

/// Steps of a diagonal or quasi-diagonal Kalman filter.
package struct FilterStep<Scalar: LearnerScalar>: Optimizer {
    private let settings: FilterSettings<Scalar>
    private let unitCount: Int
    private let parametersPerUnit: Int
    private var metric: FilterMetric<Scalar>
    private var counts: [UInt64]
    private var change: [Scalar]

    package var usesCurvature: Bool { settings.observation == .full }
    package var hasMetric: Bool { true }

    /// A filter that has observed nothing.
    ///
    /// - Parameter metric: J to start from.
    package init(
        unitCount: Int, parametersPerUnit: Int, settings: FilterSettings<Scalar>,
        metric: FilterMetric<Scalar>
    ) {
        self.settings = settings
        self.unitCount = unitCount
        self.parametersPerUnit = parametersPerUnit
        self.metric = metric
        counts = Array(repeating: 0, count: unitCount)
        change = Array(repeating: 0, count: parametersPerUnit)
    }

    /// γ_t of the t-th step, t ≥ 1.
    private func forgetting(atStep t: UInt64) -> Scalar {
        max(settings.smallestForgetting, 1 / Scalar.sqrt(Scalar(t) + settings.forgettingOffset))
    }

    package mutating func update(unit: Int, gradient: [Scalar], parameters: inout [Scalar]) {
        guard isUsable(gradient) else { return }
        let c = parametersPerUnit
        precondition(gradient.count >= c && gradient.count % c == 0)
        counts[unit] += 1
        metric.forget(unit: unit, keeping: 1 - forgetting(atStep: counts[unit]))
        let rowCount = gradient.count / c
        if rowCount == 1 {
            metric.add(gradient, from: 0, by: 1, unit: unit)
        } else {
            for row in 1..<rowCount { metric.add(gradient, from: row * c, by: 1, unit: unit) }
        }
        for j in 0..<c { change[j] = gradient[j] }
        metric.solve(&change, unit: unit, damping: settings.damping)
        addScaled(change, by: -settings.stepSize, to: &parameters, at: unit * c, count: c)
    }

    package func product(
        _ a: [Scalar], from aStart: Int, _ b: [Scalar], from bStart: Int, unit: Int, count: Int
    ) -> Scalar {
        metric.product(a, from: aStart, b, from: bStart, unit: unit, damping: settings.damping)
    }

    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        try metric.exchange(with: &coder)
        try coder.exchange("metric.count", shape: [unitCount], &counts)
    }
}
