// Recursive least squares with exponential forgetting: Ljung & Söderström, "Theory and Practice of Recursive
// Identification" (1983), section 2.6; it is the exact Kalman filter of a linear readout.
//
//   symbol   name          shape
//   f        features      F
//   φ        weights       heads × F
//   C        covariance    F × F, symmetric, shared by all heads
//   λ        forgetting    1
//   κ        gain          F         C f / (λ + fᵀ C f)
//   φ_k ← φ_k + κ (y_k - φ_kᵀ f),    C ← (C - κ (C f)ᵀ) / λ

/// A linear readout of many heads over the same features, each head learning when its target arrives.
///
/// The gain depends on the features alone, so it is computed once, when they are new, and kept by the
/// caller until the heads' targets are there: head by head that is the ordinary recursion.
package struct RecursiveLeastSquares: Sendable {
    /// Errors are held within ± this many of their standard deviations.
    private static let largestError = 4.0
    /// Rate at which the variance of a head's errors follows.
    private static let errorVarianceRate = 1e-3

    /// F, features per sample.
    package let featureCount: Int
    /// Outputs.
    package let headCount: Int
    /// λ.
    private let forgettingFactor: Double
    private var priorVariances: [Double]
    private var largestTrace: Double
    private var weights: [Double]
    private var covariance: [Double]
    private var projected: [Double]

    /// A readout whose weights are all zero.
    ///
    /// - Parameters:
    ///   - headCount: outputs.
    ///   - priorVariances: how far each feature's weight is believed to be from zero, squared; > 0; F.
    ///   - forgettingFactor: λ in (0, 1].
    package init(headCount: Int, priorVariances: [Double], forgettingFactor: Double) {
        precondition(priorVariances.allSatisfy { $0 > 0 && $0.isFinite })
        featureCount = priorVariances.count
        self.headCount = headCount
        self.forgettingFactor = forgettingFactor
        self.priorVariances = priorVariances
        largestTrace = priorVariances.reduce(0, +)
        weights = Array(repeating: 0, count: headCount * featureCount)
        projected = Array(repeating: 0, count: featureCount)
        covariance = []
        resetCovariance()
    }

    /// Forgets everything.
    ///
    /// - Parameter priorVariance: of every weight from now on; > 0.
    mutating func reset(priorVariance: Double) {
        for i in weights.indices { weights[i] = 0 }
        believe(priorVariance: priorVariance)
        resetCovariance()
    }

    /// Takes a prior without forgetting anything.
    mutating func believe(priorVariance: Double) {
        precondition(priorVariance > 0 && priorVariance.isFinite)
        for i in priorVariances.indices { priorVariances[i] = priorVariance }
        largestTrace = priorVariance * Double(featureCount)
    }

    private mutating func resetCovariance() {
        if covariance.count != featureCount * featureCount {
            covariance = Array(repeating: 0, count: featureCount * featureCount)
        }
        for i in covariance.indices { covariance[i] = 0 }
        for i in 0..<featureCount { covariance[i * featureCount + i] = priorVariances[i] }
    }

    /// φ_headᵀ f.
    ///
    /// - Parameter features: holds f from `start`.
    package func output(head: Int, _ features: [Double], from start: Int) -> Double {
        dot(weights, from: head * featureCount, features, at: start, count: featureCount)
    }

    /// sum_i ← sum_i + s φ_head,i for the first features, as many as there are sums.
    func addWeights(head: Int, by s: Double, to sums: inout [Double]) {
        precondition(sums.count <= featureCount)
        addScaled(weights, from: head * featureCount, by: s, to: &sums, count: sums.count)
    }

    /// The weight of one feature in one head.
    package func weight(head: Int, feature: Int) -> Double { weights[head * featureCount + feature] }

    /// Takes new features into the covariance and writes their gain.
    ///
    /// - Parameters:
    ///   - features: holds f from `start`.
    ///   - gains: receives κ from `start`, F numbers.
    package mutating func absorb(_ features: [Double], into gains: inout [Double], from start: Int) {
        let F = featureCount
        multiply(symmetric: covariance, features, from: start, into: &projected)
        let variance = dot(projected, features, at: start, count: F)
        let denominator = forgettingFactor + variance
        guard variance >= 0, denominator.isFinite else {
            // Rounding has cost the covariance its positive definiteness. What the weights know stays;
            // how well they know it starts anew.
            resetCovariance()
            for i in 0..<F { gains[start + i] = 0 }
            return
        }
        for i in 0..<F { gains[start + i] = projected[i] / denominator }
        // Without new information the covariance would grow by 1/λ a sample, for ever. It stops
        // forgetting where its trace would pass the prior's.
        let inflated = (trace - squaredNorm(projected, count: F) / denominator) / forgettingFactor
        let scale = inflated <= largestTrace ? 1 / forgettingFactor : 1
        downdate(symmetric: &covariance, by: projected, weight: 1 / denominator, scale: scale)
    }

    private var trace: Double {
        var sum = 0.0
        for i in 0..<featureCount { sum += covariance[i * featureCount + i] }
        return sum
    }

    /// Moves one head's weights by its error along the gain of the features it was made from.
    ///
    /// - Parameters:
    ///   - error: target less output, with the head's weights of now.
    ///   - gains: holds κ from `start`.
    package mutating func learn(head: Int, error: Double, gains: [Double], from start: Int) {
        addScaled(
            gains, from: start, by: error, to: &weights, at: head * featureCount, count: featureCount)
    }

    /// Learns what came for the features of a moment, less of it where that is far off, and mends the weights.
    ///
    /// Huber's: beyond a few standard deviations an error teaches no more, so that a glitch in the sensor does not undo
    /// what was learned. The variance follows, so a lasting change is learned.
    ///
    /// - Parameters:
    ///   - target: finite.
    ///   - features: holds f from `start`, and `gains` κ.
    ///   - errorVariance: the head's running variance of its held errors.
    mutating func learn(
        head: Int, target: Double, features: [Double], gains: [Double], from start: Int,
        errorVariance: inout Double
    ) {
        let largest = Self.largestError * errorVariance.squareRoot()
        let error = min(max(target - output(head: head, features, from: start), -largest), largest)
        learn(head: head, error: error, gains: gains, from: start)
        repair(head: head)
        errorVariance += Self.errorVarianceRate * (error * error - errorVariance)
    }

    /// Puts a head's weights back to zero where one is not a finite number, or so large that its square is none.
    package mutating func repair(head: Int) {
        // The square sum of numbers whose squares are beyond all use is not finite either.
        guard !squaredNorm(weights, from: head * featureCount, count: featureCount).isFinite else { return }
        for i in head * featureCount..<(head + 1) * featureCount { weights[i] = 0 }
    }

    /// Saves or restores weights and covariance.
    ///
    /// - Parameter name: before the names of its tensors.
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    package mutating func exchange(
        _ name: String = "readout", with coder: inout StateCoder
    ) throws(StateError) {
        try coder.exchange(name + ".phi", shape: [headCount, featureCount], &weights)
        try coder.exchange(name + ".covariance", shape: [featureCount, featureCount], &covariance)
    }
}
