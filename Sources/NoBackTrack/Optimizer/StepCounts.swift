/// How many steps each unit has taken, and what an optimizer makes of that number.
///
/// All units have nearly always taken the same number, so that what costs a power or a root is made once and not for
/// every unit.
struct StepCounts<Scalar: LearnerScalar>: Sendable {
    private var counts: [UInt64]
    private let figureCount: Int
    /// For the units of ``prepare(_:_:)``, the figures of each number after the other: figure 0 of every unit, then
    /// figure 1; figureCount × unitCount.
    private var figures: [Scalar]
    /// For the same units, whether they took the step.
    private var used: [UInt8]
    private var known: UInt64 = 0
    private var knownFigures: [Scalar]

    /// No steps.
    ///
    /// - Parameter figureCount: numbers that depend on a unit's step.
    init(unitCount: Int, figureCount: Int) {
        counts = Array(repeating: 0, count: unitCount)
        self.figureCount = figureCount
        figures = Array(repeating: 0, count: unitCount * figureCount)
        used = Array(repeating: 0, count: unitCount)
        knownFigures = Array(repeating: 0, count: figureCount)
    }

    /// Steps that a unit has taken.
    subscript(unit: Int) -> UInt64 { counts[unit] }

    /// Makes the figures of the units' next steps.
    ///
    /// - Parameter make: writes the figures of the t-th step.
    mutating func prepare(_ units: Range<Int>, _ make: (Scalar, UnsafeMutablePointer<Scalar>) -> Void) {
        for unit in units {
            let step = counts[unit] + 1
            if step != known {
                known = step
                make(Scalar(step), &knownFigures)
            }
            for figure in 0..<figureCount {
                figures[figure * counts.count + unit - units.lowerBound] = knownFigures[figure]
            }
        }
    }

    /// Gives the figures, figure 0 of the units first, figure 1 a unitCount later, and the places where a kernel is to
    /// say which units took the step.
    mutating func withFigures(
        _ body: (UnsafePointer<Scalar>, UnsafeMutablePointer<UInt8>) -> Bool
    ) -> Bool {
        figures.withUnsafeBufferPointer { figures in
            used.withUnsafeMutableBufferPointer { used in
                guard let figures = figures.baseAddress, let used = used.baseAddress else { return false }
                return body(figures, used)
            }
        }
    }

    /// Counts the step of every unit that has taken it.
    mutating func advance(_ units: Range<Int>) {
        for unit in units where used[unit - units.lowerBound] != 0 { counts[unit] += 1 }
    }

    /// Counts a step of one unit.
    mutating func count(_ unit: Int) { counts[unit] += 1 }

    /// Saves or restores the counts.
    ///
    /// - Throws: ``StateError`` as ``StateCoder`` does.
    mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        try coder.exchange("metric.count", shape: [counts.count], &counts)
        known = 0
    }
}
