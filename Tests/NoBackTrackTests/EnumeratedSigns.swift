import NoBackTrack

/// Every sign decided by one bit of a pattern: the first step's signs are the lowest bits. Running an
/// estimator once under each pattern gives its expectation exactly.
struct EnumeratedSigns: SignSource {
    var pattern: UInt64
    /// Signs drawn at one step by one pair: n + 1.
    var signsPerDraw: Int
    var pairs: Int

    func draw<Scalar: LearnerScalar>(_ signs: inout [Scalar], step: UInt64, pair: Int) {
        let first = (Int(step) * pairs + pair) * signsPerDraw
        for i in 0..<signs.count {
            signs[i] = pattern >> UInt64(first + i) & 1 == 0 ? 1 : -1
        }
    }
}
