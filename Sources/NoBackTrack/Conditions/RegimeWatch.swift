// Where a channel's values are and by how much they vary, block by block of B = 16 values.
//
//   symbol   name      meaning
//   y        level     mean of the block's middle half
//   q        spread    mean distance from the median, of the block's values but the two lowest and the two highest
//   S        spreads   running mean of q over blocks that vary
//   D        moves     running mean of |y - y before| over blocks that differ
//   u        unit      max(S, D): what is usual from block to block
//   λ        typical   running mean of log q over blocks that vary
//
// Scale change: log q is farther than log 30 from where it has usually been, in two blocks that vary in a row; the factor
// is exp(log q - λ). Level shift: y is farther than 8 u from where it has ever been, in three blocks in a row, of which
// the first may be of both levels. So one outlier in a block of white noise counts for nothing, a random walk stays
// within 8 u of itself, and what goes to and fro is news only the first times.

import RealModule

/// Watches one channel for a level or a scale that its values have not had before.
package struct RegimeWatch: Sendable {
    /// What a value has shown.
    package enum Change: Sendable, Equatable {
        case none
        /// The level has moved by so much, to this one.
        case level(distance: Double, level: Double)
        /// The values vary by so many times as much as before, about this level with this mean deviation.
        case scale(factor: Double, level: Double, spread: Double)
    }

    /// B.
    package static let blockLength = 16
    /// Blocks of each kind that there have to be before anything is unusual.
    private static let fewestBlocks = 16.0
    private static let farScale = 3.4
    private static let farLevel = 8.0
    /// By how much one block makes a known range grow at most, as log q and in units of u: a block of two scales or levels
    /// must not make the second one known.
    private static let scaleGrowth = 0.7
    private static let levelGrowth = 2.0
    /// How often a scale has to have been come to until it is a usual one.
    private static let visitsUntilUsual = 2.0
    /// About how many blocks the running means remember.
    private static let memory = 256.0

    /// The block's values so far, ascending.
    private var sorted = InlineArray<16, Double>(repeating: 0)
    private var filled = 0.0
    private var blocks = 0.0
    private var level = 0.0
    private var spreads = 0.0
    private var spreadBlocks = 0.0
    private var moves = 0.0
    private var moveBlocks = 0.0
    private var typical = 0.0
    private var unusualScales = 0.0
    private var unusualLevels = 0.0
    private var levels = KnownRanges()
    private var scales = KnownRanges()

    /// A channel that has had no value.
    package init() {}

    /// Takes a value, at most 1e150 in magnitude.
    package mutating func observe(_ value: Double) -> Change {
        var place = Int(min(max(filled, 0), Double(Self.blockLength - 1)))
        while place > 0, sorted[place - 1] > value {
            sorted[place] = sorted[place - 1]
            place -= 1
        }
        sorted[place] = value
        filled += 1
        guard filled >= Double(Self.blockLength) else { return .none }
        filled = 0
        return endBlock()
    }

    private mutating func endBlock() -> Change {
        let (y, q) = summary
        blocks += 1
        if q > 0, isUnusual(scale: q) {
            unusualScales += 1
            // The first block may be of both scales.
            guard unusualScales >= 2 else { return .none }
            let factor = Double.exp(min(max(Double.log(q) - typical, -690), 690))
            beginScale(y, q)
            return .scale(factor: factor, level: y, spread: q)
        }
        if q > 0 { unusualScales = 0 }
        let unit = max(spreads, moves)
        let isWarm = blocks > Self.fewestBlocks && spreadBlocks > Self.fewestBlocks / 2
        // Until it has varied there is no unit.
        let reach = isWarm ? Self.farLevel * unit : .infinity
        if isWarm, levels.isNew(y, reach: reach) {
            unusualLevels += 1
            // The first block may be of both levels.
            guard unusualLevels >= 3 else { return .none }
            unusualLevels = 0
            // It may vary more here than it did there.
            levels.insert(y, reach: max(reach, Self.farLevel * q), growth: reach)
            defer { level = y }
            return .level(distance: y - level, level: y)
        }
        unusualLevels = 0
        levels.insert(y, reach: reach, growth: Self.levelGrowth / Self.farLevel * reach)
        learn(y, q, reach: reach)
        return .none
    }

    private func isUnusual(scale q: Double) -> Bool {
        guard spreadBlocks > Self.fewestBlocks else { return false }
        return scales.isNew(
            Double.log(q), reach: Self.farScale, fewestVisits: Self.visitsUntilUsual)
    }

    private mutating func learn(_ y: Double, _ q: Double, reach: Double) {
        func follow(_ mean: inout Double, _ count: inout Double, _ value: Double) {
            count = min(count + 1, Self.memory)
            mean += (value - mean) / count
        }
        let move = (y - level).magnitude
        if blocks > 1, move > 0 { follow(&moves, &moveBlocks, min(move, reach)) }
        level = y
        guard q > 0 else { return }
        let logarithm = Double.log(q)
        scales.insert(logarithm, reach: Self.farScale, growth: Self.scaleGrowth)
        spreadBlocks = min(spreadBlocks + 1, Self.memory)
        spreads += (min(q, reach) - spreads) / spreadBlocks
        typical += (logarithm - typical) / spreadBlocks
    }

    /// Begins anew with another scale: what was usual of levels and their differences is in another unit.
    private mutating func beginScale(_ y: Double, _ q: Double) {
        let scales = self.scales
        self = RegimeWatch()
        self.scales = scales
        self.scales.insert(Double.log(q), reach: Self.farScale, growth: Self.scaleGrowth)
        (blocks, level, spreads, spreadBlocks, typical) = (1, y, q, 1, Double.log(q))
        levels.insert(y, reach: .infinity, growth: .infinity)
    }

    private var summary: (level: Double, spread: Double) {
        var level = 0.0
        for place in 4..<12 { level += sorted[place] / 8 }
        let median = sorted[7] / 2 + sorted[8] / 2
        var spread = 0.0
        for place in 2..<14 { spread += (sorted[place] - median).magnitude / 12 }
        return (level, spread)
    }
}

extension RegimeWatch: NumberedState {
    mutating func forEachNumber(_ body: (inout Double) -> Void) {
        for place in sorted.indices { body(&sorted[place]) }
        body(&filled)
        body(&blocks)
        body(&level)
        body(&spreads)
        body(&spreadBlocks)
        body(&moves)
        body(&moveBlocks)
        body(&typical)
        body(&unusualScales)
        body(&unusualLevels)
        levels.forEachNumber(body)
        scales.forEachNumber(body)
    }
}
