// Page's test, in Page and Hinkley's form against a running mean, on the losses of one target's forecasts.
//
//   symbol   name        meaning
//   e        error       of a forecast, in the target's units
//   E        scale       running mean of |e| over about 8192 errors, each held within 4 E
//   b                    mean of min(|e|, 4 E) over a block of B = 32
//   μ, s     mean, deviation    of b over about the newest 256 blocks
//   p        highest     highest mean of about four blocks that did not end in an alarm, or that ended in the last one;
//                        it forgets 1/4096 of what it is above μ with every block
//   g        sum         g ← max(0, g + min((b - max(μ + s, p)) / s, 4)); alarm from g = 12 on
//
// Blocks make what is left of a loss's autocorrelation part of s, so that bursts do not add up as if they were
// independent; p keeps a stream of quiet and busy times from an alarm at every busy one. After an alarm all but p begins
// anew.
//
// One direction only: forecasts that become worse. When they become better, as they do while the learner learns, E and μ
// follow and nothing is said.
//
// E. S. Page, "Continuous inspection schemes", Biometrika 41 (1954), doi:10.1093/biomet/41.1-2.100; D. V. Hinkley,
// "Inference about the change-point from cumulative sum tests", Biometrika 58 (1971), doi:10.1093/biomet/58.3.509.

/// Watches one target's forecasts for a lasting change for the worse.
package struct LossWatch: Sendable {
    /// B.
    package static let blockLength = 32.0
    /// Blocks before an alarm is possible.
    package static let fewestBlocks = 32.0
    private static let blocksUntilHighest = 8.0
    /// Errors and blocks are held within so many of what is usual.
    private static let largest = 4.0
    private static let threshold = 12.0
    /// s is at least this share of μ.
    private static let smallestDeviation = 0.02
    private static let memory = 256.0
    private static let forgetting = 1.0 / 4096

    private var scale = 0.0
    private var errors = 0.0
    private var blockSum = 0.0
    private var blockErrors = 0.0
    private var blocks = 0.0
    private var mean = 0.0
    private var variance = 0.0
    private var smoothed = 0.0
    private var highest = 0.0
    private var sum = 0.0
    /// Since ``sum`` was 0: the highest ``smoothed``, the blocks and their sum.
    private var candidate = 0.0
    private var unusualBlocks = 0.0
    private var unusualSum = 0.0

    /// A target whose forecasts have not been scored.
    package init() {}

    /// Takes an error, at most 1e150 in magnitude.
    ///
    /// - Returns: the ratio of the newest losses to those before when there is an alarm.
    package mutating func record(_ error: Double) -> Double? {
        let magnitude = error.magnitude
        // Where nothing was ever missed there is no scale.
        guard scale > 0 || magnitude > 0 else { return nil }
        errors = min(errors + 1, Self.memory * Self.blockLength)
        let held = errors > Self.blockLength ? min(magnitude, Self.largest * scale) : magnitude
        scale += (held - scale) / errors
        blockSum += held
        blockErrors += 1
        guard blockErrors >= Self.blockLength else { return nil }
        let block = blockSum / blockErrors
        (blockSum, blockErrors) = (0, 0)
        return judge(block)
    }

    private mutating func judge(_ block: Double) -> Double? {
        blocks = min(blocks + 1, Self.memory)
        let deviation = max(variance.squareRoot(), Self.smallestDeviation * mean)
        smoothed += (block - smoothed) / min(blocks, 4)
        if blocks > Self.fewestBlocks, deviation > 0 {
            let usual = max(mean + deviation, highest)
            sum = max(0, sum + min((block - usual) / deviation, Self.largest))
            if sum > 0 { (unusualBlocks, unusualSum) = (unusualBlocks + 1, unusualSum + block) }
            if sum >= Self.threshold {
                let loss = unusualSum / unusualBlocks
                let ratio = min(loss / max(mean, loss / 1e6), 1e6)
                self = LossWatch()
                highest = loss
                return ratio
            }
        }
        noteUsual()
        let held = blocks > Self.blocksUntilHighest ? min(block, mean + Self.largest * deviation) : block
        let change = held - mean
        mean += change / blocks
        variance += (change * (held - mean) - variance) / blocks
        return nil
    }

    /// What may become an alarm is not usual until it has not.
    private mutating func noteUsual() {
        guard blocks > Self.blocksUntilHighest else { return }
        candidate = max(candidate, smoothed)
        guard sum == 0 else { return }
        highest = max(highest - Self.forgetting * (highest - mean), candidate)
        (candidate, unusualBlocks, unusualSum) = (0, 0, 0)
    }
}

extension LossWatch: NumberedState {
    mutating func forEachNumber(_ body: (inout Double) -> Void) {
        body(&scale)
        body(&errors)
        body(&blockSum)
        body(&blockErrors)
        body(&blocks)
        body(&mean)
        body(&variance)
        body(&smoothed)
        body(&highest)
        body(&sum)
        body(&candidate)
        body(&unusualBlocks)
        body(&unusualSum)
    }
}
