// How much of a head's forecast change to believe, by least squares of what happened on what was forecast.
//
//   symbol   name     shape
//   p        forecast heads     standardised change, as the readout gave it
//   c        change   heads     standardised change, as it came
//   s        factor   heads     Σ c p / Σ p², held in [0, 1]; sums forget at rate r
//   r        rate     heads     max(4 / (4 + scored), slowestRate): what a young readout forecast is soon
//                               no argument against what it forecasts now

/// Shrinks forecasts towards persistence as far as they have earned it: a head without skill is served as
/// persistence, one with skill as it is.
package struct Shrinkage: Sendable {
    private static let slowestRate = 1.0 / 1_000
    private static let youth = 4.0

    private var products: [Double]
    private var squares: [Double]
    private var scored: [Double]

    /// Factors of nothing yet, all 0: persistence.
    package init(headCount: Int) {
        products = Array(repeating: 0, count: headCount)
        squares = products
        scored = products
    }

    /// s of the head, in [0, 1].
    package func factor(head: Int) -> Double {
        guard squares[head] > 0 else { return 0 }
        return min(max(products[head] / squares[head], 0), 1)
    }

    /// Takes a forecast whose target has arrived.
    ///
    /// - Parameters:
    ///   - forecast: p, unshrunk; finite and bounded.
    ///   - change: c; finite and bounded.
    package mutating func record(head: Int, forecast: Double, change: Double) {
        let rate = max(Self.youth / (Self.youth + scored[head]), Self.slowestRate)
        products[head] += rate * (forecast * change - products[head])
        squares[head] += rate * (forecast * forecast - squares[head])
        if rate > Self.slowestRate { scored[head] += 1 }
    }

    /// Saves or restores the sums.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        try coder.exchange("shrinkage.products", shape: [products.count], &products)
        try coder.exchange("shrinkage.squares", shape: [squares.count], &squares)
        try coder.exchange("shrinkage.scored", shape: [scored.count], &scored)
    }
}
