/// Where an estimator's fair signs come from.
///
/// A function of (step, pair) and not a stream, so that replaying a step replays its signs. Tests put every
/// pattern in the place of the random one.
package protocol SignSource: Sendable {
    /// Writes a sign, −1 or +1, to every element.
    ///
    /// - Parameters:
    ///   - signs: ε_0 … ε_n of equation (8).
    ///   - step: the estimator's step, from 0.
    ///   - pair: which of the r rank-one pairs, from 0.
    func draw<Scalar: LearnerScalar>(_ signs: inout [Scalar], step: UInt64, pair: Int)
}

/// Independent fair signs from ``Philox``, one bit each.
package struct PhiloxSigns: SignSource {
    private let generator: Philox

    /// Signs of one stream under one seed.
    package init(seed: UInt64, stream: UInt64) {
        generator = Philox(seed: seed, stream: stream)
    }

    package func draw<Scalar: LearnerScalar>(_ signs: inout [Scalar], step: UInt64, pair: Int) {
        var start = 0
        var index: UInt32 = 0
        while start < signs.count {
            let bits = generator.block(purpose: .signs, step: step, lane: UInt32(pair), index: index)
            for offset in 0..<min(128, signs.count - start) {
                let bit = bits[offset >> 5] >> UInt32(offset & 31) & 1
                signs[start + offset] = bit == 0 ? 1 : -1
            }
            start += 128
            index += 1
        }
    }
}
