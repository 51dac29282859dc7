import NoBackTrackTestSupport
import RealModule

extension SeededGenerator {
    /// A number of a normal distribution about 0, of deviation 1: Box & Muller, "A note on the generation of random normal
    /// deviates" (1958).
    mutating func normal() -> Double {
        let radius = (-2 * Double.log(1 - Double.random(in: 0..<1, using: &self))).squareRoot()
        return radius * Double.cos(2 * .pi * Double.random(in: 0..<1, using: &self))
    }
}
