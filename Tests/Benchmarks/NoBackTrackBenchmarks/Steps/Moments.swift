import NoBackTrackTestSupport

/// Inputs and loss gradients for a network in training, drawn once, so that drawing takes no part of a step's time.
///
/// They come round after a prime number of moments. Neither has a mean of zero, and the loss's direction turns round
/// every 4096 moments: nearly every unit always has something to learn, and goes nowhere for good. A step of which the
/// optimizer learns nothing leaves the parameters alone and would be cheaper.
struct Moments {
    static let period = 61

    /// x of every moment.
    let inputs: [[Float]]
    /// δ of every moment, then the same with the sign turned round.
    let deltas: [[Float]]
    private var step = 0

    /// Moments of m inputs and n states.
    ///
    /// - Parameter curvatureRows: rows of curvature behind each gradient, for optimizers that want them.
    init(inputCount m: Int, stateCount n: Int, curvatureRows: Int = 0, seed: UInt64 = 5) {
        var generator = SeededGenerator(seed: seed)
        inputs = (0..<Self.period).map { _ in generator.signedUnits(m).map { Float(1.7 * $0 + 0.5) } }
        let directions = generator.signedUnits((1 + curvatureRows) * n).map { $0 < 0 ? -0.2 : 0.2 }
        let forth = (0..<Self.period).map { _ in
            zip(directions, generator.signedUnits(directions.count)).map { Float($0 + 0.2 * $1) }
        }
        deltas = forth + forth.map { $0.map { -$0 } }
    }

    /// The next moment's input and ∂ℓ/∂h.
    mutating func next() -> (input: [Float], delta: [Float]) {
        let place = step % Self.period
        let turn = step >> 12 & 1
        step += 1
        return (inputs[place], deltas[turn * Self.period + place])
    }
}
