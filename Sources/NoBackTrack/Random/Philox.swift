// Philox 4×32-10, the counter-based generator of Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as
// easy as 1, 2, 3" (SC'11, doi 10.1145/2063384.2063405).

/// A random function: 128 bits for every (key, counter), with no state to advance.
///
/// Draws are addressed instead of consumed, so the state of the generator is the step number its caller
/// counts anyway, and a restart draws the same numbers.
package struct Philox: Sendable, Equatable {
    /// What a draw is for; draws for different purposes never share a counter.
    package enum Purpose: UInt32, Sendable {
        /// The signs ε of equation (8).
        case signs = 0
        /// The parameters a network starts from.
        case initialParameters = 1
        /// Which units a unit of a sparse network sees.
        case connections = 2
        /// The stream of an experiment.
        case experiment = 3
    }

    private let key: SIMD2<UInt32>

    /// The generator of one stream under one seed.
    package init(seed: UInt64, stream: UInt64) {
        // SplitMix64's finaliser spreads the seed, so that neighbouring seeds share no key with
        // neighbouring streams.
        var mixed = seed &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed = (mixed ^ (mixed >> 31)) ^ stream
        key = SIMD2(UInt32(truncatingIfNeeded: mixed), UInt32(truncatingIfNeeded: mixed >> 32))
    }

    /// 128 random bits for the block-th draw of a purpose at a step.
    ///
    /// - Parameter lane: distinguishes draws of one purpose at one step, below 2²⁴: the rank-one pair.
    package func block(purpose: Purpose, step: UInt64, lane: UInt32, index: UInt32) -> SIMD4<UInt32> {
        precondition(lane < 1 << 24)
        let counter = SIMD4(
            UInt32(truncatingIfNeeded: step), UInt32(truncatingIfNeeded: step >> 32),
            purpose.rawValue << 24 | lane, index)
        return Self.block(key: key, counter: counter)
    }

    /// The bare function: ten rounds of the paper's bijection.
    package static func block(key: SIMD2<UInt32>, counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
        var key = key
        var word = counter
        for _ in 0..<10 {
            let first = word[0].multipliedFullWidth(by: 0xD251_1F53)
            let second = word[2].multipliedFullWidth(by: 0xCD9E_8D57)
            word = SIMD4(
                second.high ^ word[1] ^ key[0], second.low,
                first.high ^ word[3] ^ key[1], first.low)
            key[0] &+= 0x9E37_79B9
            key[1] &+= 0xBB67_AE85
        }
        return word
    }
}

extension Philox {
    /// Fills an array with independent uniform numbers in (−1, 1), never 0.
    package func uniform<Scalar: LearnerScalar>(count: Int, purpose: Purpose, lane: UInt32) -> [Scalar] {
        var numbers: [Scalar] = []
        numbers.reserveCapacity(count + 3)
        var index: UInt32 = 0
        while numbers.count < count {
            let bits = block(purpose: purpose, step: 0, lane: lane, index: index)
            for position in 0..<4 {
                // The middle of one of 2²³ cells: exact in single precision too.
                let cell = Scalar(bits[position] >> 9) + Scalar(0.5)
                numbers.append(cell / Scalar(1 << 22) - 1)
            }
            index += 1
        }
        numbers.removeLast(numbers.count - count)
        return numbers
    }
}
