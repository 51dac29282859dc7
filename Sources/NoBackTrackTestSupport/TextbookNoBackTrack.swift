// The whole step once more as a textbook would write it: the default cell, the estimate of rank r, the default
// optimizer, one loop for each equation and no kernel. It is what the fast step has to follow, and what its speed is
// measured against. What keeps a runaway network's numbers finite is left out: such a step has no twin.
//
//   symbol   name               shape
//   h        state              n
//   z        augmentedInput     c = n + m + 1     [h(t-1); x(t); 1]                                       (1)
//   W = θ    parameters         n × c, row-major; P = n c
//   α        leak               n
//   D        gain               n                 α (1 - tanh²(W z))
//   A        -                  n × n             diag(1 - α) + diag(D) W[:, 0..<n]                       (4)
//   w_i      previousGain, previousInput          ∂h_i/∂W_i = D_i z of the step before                    (5)
//   v̄        stateFactor        r × n
//   w̄        parameterFactor    r × P
//   m, s     mean, meanSquare   P                 running mean and mean square of the gradient

import Glibc
package import NoBackTrack

/// A leaky tanh network trained by NoBackTrack and the signal-to-noise step, written for reading.
package struct TextbookNoBackTrack: Sendable {
    /// ε_reg.
    private static let regularisation: Float = 1e-12
    /// γ of the optimizer, what it adds to s, and the furthest a parameter moves in one step.
    private static let rate: Float = 1e-3
    private static let damping: Float = 1e-2
    private static let largestChange: Float = 0.05

    private let n: Int
    private let inputCount: Int
    private let c: Int
    private let rank: Int
    private let leak: [Float]
    private let generator: Philox
    private let stepSize: Float

    /// θ, P numbers, unit by unit.
    package private(set) var parameters: [Float]
    /// h, n numbers.
    package private(set) var state: [Float]
    private var stepCount: UInt64 = 0
    private var augmentedInput: [Float]
    private var gain: [Float]
    private var previousInput: [Float]
    private var previousGain: [Float]
    private var stateFactor: [Float]
    private var parameterFactor: [Float]
    private var mean: [Float]
    private var meanSquare: [Float]

    private var signs: [Float]
    private var scalings: [Float]
    private var gradient: [Float]

    /// A network at rest.
    ///
    /// - Parameters:
    ///   - leak: α, n numbers.
    ///   - parameters: θ to start from, P numbers.
    ///   - rank: r ≥ 1.
    ///   - generator: where the signs come from.
    ///   - stepSize: η of the optimizer.
    package init(leak: [Float], parameters: [Float], rank: Int, generator: Philox, stepSize: Float = 0.005) {
        precondition(!leak.isEmpty && rank >= 1 && parameters.count % leak.count == 0)
        n = leak.count
        c = parameters.count / n
        inputCount = c - n - 1
        self.rank = rank
        self.leak = leak
        self.generator = generator
        self.stepSize = stepSize
        self.parameters = parameters
        state = Array(repeating: 0, count: n)
        augmentedInput = Array(repeating: 0, count: c)
        gain = state
        previousInput = augmentedInput
        previousGain = state
        stateFactor = Array(repeating: 0, count: rank * n)
        parameterFactor = Array(repeating: 0, count: rank * n * c)
        mean = Array(repeating: 0, count: n * c)
        meanSquare = mean
        signs = Array(repeating: 0, count: n + 1)
        scalings = signs
        gradient = mean
    }

    /// Advances the state by one moment, (1) to (3).
    package mutating func advance(input: [Float]) {
        precondition(input.count == inputCount)
        for i in 0..<n { augmentedInput[i] = state[i] }
        for j in 0..<inputCount { augmentedInput[n + j] = input[j] }
        augmentedInput[c - 1] = 1
        for i in 0..<n {
            var a: Float = 0
            for j in 0..<c { a += parameters[i * c + j] * augmentedInput[j] }
            let squashed = tanhf(a)
            state[i] = (1 - leak[i]) * state[i] + leak[i] * squashed
            gain[i] = leak[i] * (1 - squashed * squashed)
        }
    }

    /// Learns from ∂ℓ/∂h at the moment just advanced to, n numbers.
    package mutating func learn(delta: [Float]) {
        precondition(delta.count == n)
        let squaredNorms = columnSquaredNorms()
        for pair in 0..<rank {
            drawSigns(pair)
            reduce(pair, columnSquaredNorms: squaredNorms)
        }
        estimateGradient(delta)
        for unit in 0..<n { move(unit) }
        previousInput = augmentedInput  // (13)
        previousGain = gain
        stepCount += 1
    }

    /// ε_0 … ε_n, one bit each.
    private mutating func drawSigns(_ pair: Int) {
        var bits = SIMD4<UInt32>()
        for i in 0...n {
            if i % 128 == 0 {
                bits = generator.block(
                    purpose: .signs, step: stepCount, lane: UInt32(pair), index: UInt32(i / 128))
            }
            let bit = bits[i % 128 / 32] >> UInt32(i % 32) & 1
            signs[i] = bit == 0 ? 1 : -1
        }
    }

    /// A_ki by (4).
    private func jacobian(_ k: Int, _ i: Int) -> Float {
        let entry = gain[k] * parameters[k * c + i]
        return k == i ? 1 - leak[k] + entry : entry
    }

    /// ‖A e_i‖² of every column.
    private func columnSquaredNorms() -> [Float] {
        var norms = [Float](repeating: 0, count: n)
        for k in 0..<n {
            for i in 0..<n { norms[i] += jacobian(k, i) * jacobian(k, i) }
        }
        return norms
    }

    /// A v.
    private func propagate(_ v: [Float]) -> [Float] {
        var product = [Float](repeating: 0, count: n)
        for k in 0..<n {
            for i in 0..<n { product[k] += jacobian(k, i) * v[i] }
        }
        return product
    }

    /// ρ by (14) from both squared norms; nothing is reduced where w is zero.
    private func scaling(_ w: Float, _ v: Float) -> Float {
        guard w > 0 else { return 0 }
        guard v > 0 else { return 1 }
        return ((w.squareRoot() + Self.regularisation) / (v.squareRoot() + Self.regularisation)).squareRoot()
    }

    /// Advances v̄ and w̄ of one pair, (11) and (12).
    private mutating func reduce(_ pair: Int, columnSquaredNorms: [Float]) {
        let P = n * c
        var inputSquaredNorm: Float = 0
        for j in 0..<c { inputSquaredNorm += previousInput[j] * previousInput[j] }
        var factorSquaredNorm: Float = 0
        for p in 0..<P { factorSquaredNorm += parameterFactor[pair * P + p] * parameterFactor[pair * P + p] }

        let propagated = propagate(Array(stateFactor[pair * n..<pair * n + n]))
        var propagatedSquaredNorm: Float = 0
        for k in 0..<n { propagatedSquaredNorm += propagated[k] * propagated[k] }
        scalings[0] = scaling(factorSquaredNorm, propagatedSquaredNorm)
        var injected = [Float](repeating: 0, count: n)
        for i in 0..<n {
            let rowSquaredNorm = previousGain[i] * previousGain[i] * inputSquaredNorm
            scalings[i + 1] = scaling(rowSquaredNorm, columnSquaredNorms[i])
            injected[i] = signs[i + 1] * scalings[i + 1]
        }
        injected = propagate(injected)
        for i in 0..<n {
            stateFactor[pair * n + i] = signs[0] * scalings[0] * propagated[i] + injected[i]  // (11)
        }

        for k in 0..<n {
            let kept = scalings[0] > 0 ? signs[0] / scalings[0] : 0
            let added = scalings[k + 1] > 0 ? signs[k + 1] / scalings[k + 1] * previousGain[k] : 0
            for j in 0..<c {
                let p = pair * P + k * c + j
                parameterFactor[p] = kept * parameterFactor[p] + added * previousInput[j]  // (12)
            }
        }
    }

    /// δᵀG̃ by (15), averaged over the pairs.
    private mutating func estimateGradient(_ delta: [Float]) {
        let P = n * c
        for k in 0..<n {
            for j in 0..<c { gradient[k * c + j] = delta[k] * gain[k] * augmentedInput[j] }
        }
        for pair in 0..<rank {
            var projection: Float = 0
            for i in 0..<n { projection += delta[i] * stateFactor[pair * n + i] }
            for p in 0..<P { gradient[p] += projection / Float(rank) * parameterFactor[pair * P + p] }
        }
    }

    /// The optimizer's step of one unit.
    private mutating func move(_ unit: Int) {
        var ratio: Float = 0
        for p in unit * c..<unit * c + c {
            let g = gradient[p]
            mean[p] += Self.rate * (g - mean[p])
            meanSquare[p] += Self.rate * (g * g - meanSquare[p])
            if meanSquare[p] > 0 { ratio += mean[p] * mean[p] / meanSquare[p] }
        }
        let signalToNoise = ratio / Float(c) - Self.rate
        guard signalToNoise > 0 else { return }
        for p in unit * c..<unit * c + c {
            let change = stepSize * signalToNoise * gradient[p] / (meanSquare[p] + Self.damping)
            parameters[p] -= min(max(change, -Self.largestChange), Self.largestChange)
        }
    }
}
