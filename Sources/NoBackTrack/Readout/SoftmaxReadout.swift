// A softmax over the symbols of an alphabet, linear in its features, trained by Adam.
//
//   symbol   name            shape
//   f        features        F
//   φ        weights         A × F
//   p        probabilities   A         softmax(φ f) over the symbols in use
//   y        -               A         one where the symbol that came is
//   ℓ                        1         -log p_y
//   ∂ℓ/∂φ_o = (p_o - y_o) f,   ∂ℓ/∂f = Σ_o (p_o - y_o) φ_o
//   C_q = sqrt(p_q) (φ_q - Σ_o p_o φ_o), so that CᵀC is the expected Hessian of ℓ by f

import RealModule

/// The probabilities of the next symbol.
package struct SoftmaxReadout: Sendable {
    private static let firstDecay = 0.9
    private static let secondDecay = 0.999
    private static let smallest = 1e-8

    /// F.
    package let featureCount: Int
    /// A, symbols there is room for.
    package let symbolCount: Int
    private let schedule: StepSchedule<Double>
    private var weights: [Double]
    private var mean: [Double]
    private var meanSquare: [Double]
    private var stepCount: UInt64 = 0
    /// p of the newest ``evaluate(_:used:)``, A numbers; 0 for symbols not in use.
    package private(set) var probabilities: [Double]

    /// A readout that gives every symbol the same probability.
    package init(symbolCount: Int, featureCount: Int, schedule: StepSchedule<Double>) {
        self.symbolCount = symbolCount
        self.featureCount = featureCount
        self.schedule = schedule
        weights = Array(repeating: 0, count: symbolCount * featureCount)
        mean = weights
        meanSquare = weights
        probabilities = Array(repeating: 0, count: symbolCount)
    }

    /// Computes the probabilities of the first `used` symbols from features.
    package mutating func evaluate(_ features: [Double], used: Int) {
        precondition(features.count == featureCount && (0...symbolCount).contains(used))
        var largest = -Double.infinity
        for o in 0..<used {
            let a = dot(weights, from: o * featureCount, features, count: featureCount)
            probabilities[o] = a
            largest = max(largest, a)
        }
        var sum = 0.0
        for o in 0..<used {
            probabilities[o] = Double.exp(probabilities[o] - largest)
            sum += probabilities[o]
        }
        for o in 0..<used { probabilities[o] /= sum }
    }

    /// δ ← ∂ℓ/∂f over some of the features, for the probabilities of the newest evaluation.
    ///
    /// - Parameters:
    ///   - symbol: which one came, among those in use.
    ///   - features: the features asked for.
    ///   - delta: receives the derivatives by them from `start`.
    package func differentiate(
        symbol: Int, used: Int, features: Range<Int>, into delta: inout [Float], at start: Int
    ) {
        for (place, feature) in features.enumerated() {
            var sum = 0.0
            for o in 0..<used {
                sum += (probabilities[o] - (o == symbol ? 1 : 0)) * weights[o * featureCount + feature]
            }
            delta[start + place] = Float(sum)
        }
    }

    /// The rows of C over some of the features, one for each symbol in use.
    ///
    /// - Parameters:
    ///   - rows: receives row q from `start` + q · `stride`.
    package func curvature(
        used: Int, features: Range<Int>, into rows: inout [Float], at start: Int, stride: Int
    ) {
        for (place, feature) in features.enumerated() {
            var average = 0.0
            for o in 0..<used { average += probabilities[o] * weights[o * featureCount + feature] }
            for q in 0..<used {
                let row = probabilities[q].squareRoot() * (weights[q * featureCount + feature] - average)
                rows[start + q * stride + place] = Float(row)
            }
        }
    }

    /// Learns that a symbol came after the features of the newest evaluation.
    package mutating func learn(symbol: Int, used: Int, features: [Double]) {
        precondition((0..<used).contains(symbol) && features.count == featureCount)
        stepCount += 1
        let t = Double(stepCount)
        let first = 1 - Double.pow(Self.firstDecay, t)
        let second = 1 - Double.pow(Self.secondDecay, t)
        let step = schedule.size(atStep: t) / first
        for o in 0..<used {
            let error = probabilities[o] - (o == symbol ? 1 : 0)
            let row = o * featureCount
            for j in 0..<featureCount {
                let g = error * features[j]
                let m = mean[row + j] + (1 - Self.firstDecay) * (g - mean[row + j])
                let s = meanSquare[row + j] + (1 - Self.secondDecay) * (g * g - meanSquare[row + j])
                mean[row + j] = m
                meanSquare[row + j] = s
                weights[row + j] -= step * m / ((s / second).squareRoot() + Self.smallest)
            }
        }
    }

    /// Saves or restores weights and moments.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        let shape = [symbolCount, featureCount]
        try coder.exchange("readout.phi", shape: shape, &weights)
        try coder.exchange("readout.mean", shape: shape, &mean)
        try coder.exchange("readout.mean_square", shape: shape, &meanSquare)
        try coder.exchange("readout.step", &stepCount)
        try coder.exchange("readout.probabilities", shape: [symbolCount], &probabilities)
    }
}
