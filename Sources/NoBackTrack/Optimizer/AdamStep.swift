// Adam: Kingma & Ba, "Adam: a method for stochastic optimization", arXiv 1412.6980.
//
//   symbol   name           shape
//   g        gradient       P
//   m        mean           P     m ← β1 m + (1 - β1) g
//   s        meanSquare     P     s ← β2 s + (1 - β2) g²
//   θ                       P     θ ← θ - η_t (m / (1 - β1ᵗ)) / (sqrt(s / (1 - β2ᵗ)) + ε)
//   η_t                     1     η / (1 + decay √t)

import RealModule

/// Steps of one size for all parameters, signs and trust taken from the gradient's running moments.
package struct AdamStep<Scalar: LearnerScalar>: Optimizer {
    private static var firstDecay: Scalar { 0.9 }
    private static var secondDecay: Scalar { 0.999 }
    private static var smallest: Scalar { 1e-8 }

    private let schedule: StepSchedule<Scalar>
    private let unitCount: Int
    private let parametersPerUnit: Int
    private var mean: [Scalar]
    private var meanSquare: [Scalar]
    private var counts: [UInt64]

    /// An optimizer that has seen no gradient.
    package init(unitCount: Int, parametersPerUnit: Int, schedule: StepSchedule<Scalar>) {
        self.schedule = schedule
        self.unitCount = unitCount
        self.parametersPerUnit = parametersPerUnit
        mean = Array(repeating: 0, count: unitCount * parametersPerUnit)
        meanSquare = mean
        counts = Array(repeating: 0, count: unitCount)
    }

    package mutating func update(unit: Int, gradient: [Scalar], parameters: inout [Scalar]) {
        guard isUsable(gradient) else { return }
        let count = parametersPerUnit
        let start = unit * count
        precondition(gradient.count == count && start + count <= mean.count)
        counts[unit] += 1
        let t = Scalar(counts[unit])
        let first = 1 - Scalar.pow(Self.firstDecay, t)
        let second = 1 - Scalar.pow(Self.secondDecay, t)
        let step = schedule.size(atStep: t) / first
        Self.move(
            &parameters, mean: &mean, meanSquare: &meanSquare, from: start, gradient: gradient, count: count,
            step: step, second: second)
    }

    /// The loop over one unit's parameters, each array's from `start`.
    @inline(__always)
    private static func move(
        _ parameters: inout [Scalar], mean: inout [Scalar], meanSquare: inout [Scalar], from start: Int,
        gradient: [Scalar], count: Int, step: Scalar, second: Scalar
    ) {
        precondition(start >= 0 && count >= 0 && count <= gradient.count)
        precondition(start + count <= min(parameters.count, mean.count, meanSquare.count))
        let (keep1, keep2) = (firstDecay, secondDecay)
        let inverse = 1 / second
        let ε = smallest
        gradient.withUnsafeBufferPointer { g in
            mean.withUnsafeMutableBufferPointer { m in
                meanSquare.withUnsafeMutableBufferPointer { s in
                    parameters.withUnsafeMutableBufferPointer { θ in
                        guard let g = g.baseAddress, let m = m.baseAddress, let s = s.baseAddress,
                            let θ = θ.baseAddress
                        else { return }
                        let (means, squares, moved) = (m + start, s + start, θ + start)
                        for j in 0..<count {
                            let g_j = g[j]
                            let m_j = means[j] + (1 - keep1) * (g_j - means[j])
                            let s_j = squares[j] + (1 - keep2) * (g_j * g_j - squares[j])
                            means[j] = m_j
                            squares[j] = s_j
                            moved[j] = moved[j] - step * m_j / ((s_j * inverse).squareRoot() + ε)
                        }
                    }
                }
            }
        }
    }

    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        let shape = [unitCount, parametersPerUnit]
        try coder.exchange("metric.mean", shape: shape, &mean)
        try coder.exchange("metric.j", shape: shape, &meanSquare)
        try coder.exchange("metric.count", shape: [unitCount], &counts)
    }
}
