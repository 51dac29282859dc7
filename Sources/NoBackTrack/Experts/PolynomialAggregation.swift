// Aggregation of experts with polynomial weights and a learning rate for each (ML-Poly): Gaillard, Stoltz & van Erven,
// "A second-order bound with excess losses" (COLT 2014), corollary 9, on linearised losses (the gradient trick), each
// head by itself. Losses that were long ago count less and less.
//
//   symbol   name          shape
//   ŷ        served        heads            Σ_k w_k f_k over the experts that have a forecast
//   f_k      forecast      heads × experts
//   e        error         1                ŷ − y over its running root mean square
//   g        slope         1                dℓ/dŷ of ℓ(e) = huber_3(e) + |e|: squares, which the mean minimises, and
//                                           magnitudes, which the median does, none of them for a glitch
//   r_k      -             heads × experts  g (ŷ − f_k): what expert k would have saved; 0 of one that slept. Of one that
//                                           is far off not more than max(ℓ(ŷ) − ℓ(f_k), −1): ℓ is convex, and what was
//                                           saved in truth is less
//   R_k      regret        heads × experts  R_k ← β R_k + r_k
//   V_k      variation     heads × experts  V_k ← β V_k + r_k²
//   w_k      weight        heads × experts  max(R_k, 0) / (1 + V_k), normalised
//   β        memory        1
//
// With β = 1 and every expert awake the loss over T samples exceeds that of the best expert, and of every fixed mixture
// of them, by at most O(√(K T)) whatever the stream is, and by O(ln T) of an expert that is better by a margin.

/// For every head the experts' weights, by what each would have saved.
package struct PolynomialAggregation: Sendable {
    private static let memory = 0.9998
    private static let largestError = 3.0
    /// Forecasts further from what was served than this many root mean squares are far off.
    private static let farOff = 30.0
    private static let slowestErrorRate = 1e-3
    /// Errors beyond this many of their root mean squares do not raise it further.
    private static let largestSquared = 4.0

    /// Experts of a head.
    package let expertCount: Int
    private let headCount: Int
    private var regrets: [Double]
    private var variations: [Double]
    private var weights: [Double]
    private var meanSquares: [Double]
    private var counts: [UInt64]

    /// Weights before anything was scored: all on the first expert.
    package init(headCount: Int, expertCount: Int) {
        self.headCount = headCount
        self.expertCount = expertCount
        regrets = Array(repeating: 0, count: headCount * expertCount)
        variations = regrets
        weights = regrets
        meanSquares = Array(repeating: 0, count: headCount)
        counts = Array(repeating: 0, count: headCount)
        for head in 0..<headCount where expertCount > 0 { weights[head * expertCount] = 1 }
    }

    /// w_k, in 0…1; all of a head's sum up to 1.
    package func weight(head: Int, expert: Int) -> Double { weights[head * expertCount + expert] }

    /// ŷ; where no expert with a weight is awake, the forecast of the first that is.
    ///
    /// - Parameters:
    ///   - forecasts: holds the experts' from `start`; finite.
    ///   - awake: a bit for each expert that has a forecast; at least one has.
    package func served(head: Int, _ forecasts: [Double], from start: Int, awake: UInt64) -> Double {
        var total = 0.0
        var sum = 0.0
        for k in 0..<expertCount where awake >> UInt64(k) & 1 == 1 {
            let weight = weights[head * expertCount + k]
            total += weight
            sum += weight * forecasts[start + k]
        }
        return total > 1e-9 ? sum / total : forecasts[start + awake.trailingZeroBitCount]
    }

    /// Takes what came where a forecast had been served.
    ///
    /// - Parameters:
    ///   - outcome: y; finite.
    ///   - served: ŷ as it was served.
    ///   - forecasts: holds the experts' from `start`, as they were then.
    ///   - awake: a bit for each expert that had a forecast then.
    package mutating func learn(
        head: Int, outcome: Double, served: Double, _ forecasts: [Double], from start: Int, awake: UInt64
    ) {
        let difference = served - outcome
        let known = meanSquares[head].squareRoot()
        let scale = known > 0 ? known : difference.magnitude
        let held = min(max(difference, -Self.largestSquared * scale), Self.largestSquared * scale)
        counts[head] += 1
        let rate = max(1 / Double(counts[head]), Self.slowestErrorRate)
        meanSquares[head] += rate * (held * held - meanSquares[head])
        guard scale > 0 else { return }
        let error = difference / scale
        let slope =
            (2 * min(max(error, -Self.largestError), Self.largestError) + (error > 0 ? 1 : -1)) / scale
        guard slope.isFinite else { return }
        let first = head * expertCount
        var total = 0.0
        for k in 0..<expertCount {
            let isAwake = awake >> UInt64(k) & 1 == 1
            var saved = isAwake ? slope * (served - forecasts[start + k]) : 0
            if isAwake, (served - forecasts[start + k]).magnitude > Self.farOff * scale {
                let more = Self.loss((forecasts[start + k] - outcome) / scale)
                saved = min(saved, max(Self.loss(error) - more, -1))
            }
            regrets[first + k] = Self.memory * regrets[first + k] + saved
            variations[first + k] = Self.memory * variations[first + k] + saved * saved
            total += max(regrets[first + k], 0) / (1 + variations[first + k])
        }
        // Where nobody would have saved anything, any weights keep the promise: those that led there.
        guard total > 0, total.isFinite else { return }
        for k in 0..<expertCount {
            weights[first + k] = max(regrets[first + k], 0) / (1 + variations[first + k]) / total
        }
    }

    /// Forgets what experts would have saved, and keeps their weights until something is known anew.
    package mutating func restart(head: Int) {
        for i in head * expertCount..<(head + 1) * expertCount { (regrets[i], variations[i]) = (0, 0) }
        meanSquares[head] = 0
        counts[head] = 0
    }

    /// ℓ of an error in root mean squares.
    private static func loss(_ error: Double) -> Double {
        let magnitude = error.magnitude
        let squared =
            magnitude <= largestError ? error * error : largestError * (2 * magnitude - largestError)
        return squared + magnitude
    }

    /// Saves or restores the weights and what they are made of.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        let shape = [headCount, expertCount]
        try coder.exchange("aggregation.regrets", shape: shape, &regrets)
        try coder.exchange("aggregation.variations", shape: shape, &variations)
        try coder.exchange("aggregation.weights", shape: shape, &weights)
        try coder.exchange("aggregation.mean_squares", shape: [headCount], &meanSquares)
        try coder.exchange("aggregation.count", shape: [headCount], &counts)
    }
}
