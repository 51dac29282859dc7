/// SplitMix64 (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA'14): random
/// test data that a printed seed brings back.
package struct SeededGenerator: RandomNumberGenerator, CustomStringConvertible, Sendable {
    /// What it was started with.
    package let seed: UInt64
    private var state: UInt64

    /// A generator whose every draw the seed decides.
    package init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number in [−1, 1).
    package mutating func signedUnit() -> Double { Double.random(in: -1..<1, using: &self) }

    /// `count` numbers in [−1, 1).
    package mutating func signedUnits(_ count: Int) -> [Double] { (0..<count).map { _ in signedUnit() } }

    /// The seed, for the message of a failed test.
    package var description: String { "seed \(seed)" }
}
