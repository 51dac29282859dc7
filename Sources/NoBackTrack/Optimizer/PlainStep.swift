/// θ ← θ − η_t g: a plain gradient step. With η = 0 parameters stay fixed, which is where estimators are exactly
/// unbiased.
package struct PlainStep<Scalar: LearnerScalar>: Optimizer {
    private let schedule: StepSchedule<Scalar>
    package let unitCount: Int
    private var counts: StepCounts<Scalar>

    /// An optimizer that has taken no step.
    package init(unitCount: Int, schedule: StepSchedule<Scalar>) {
        self.schedule = schedule
        self.unitCount = unitCount
        counts = StepCounts(unitCount: unitCount, figureCount: 1)
    }

    package mutating func update(
        units: Range<Int>, gradients: inout [Scalar], rowCount: Int, parameters: inout [Scalar]
    ) {
        let count = check(units, gradients, rowCount: rowCount, parameters)
        precondition(rowCount == 1)
        let schedule = schedule
        counts.prepare(units) { t, figures in figures.pointee = schedule.size(atStep: t) }
        parameters.withUnsafeMutableBufferPointer { θ in
            counts.withFigures { figures, used in
                guard let θ = θ.baseAddress else { return }
                Scalar.Kernels.plainRows(
                    gradient: gradients, unitCount: units.count, count: count, usable: Self.smallestUnusable,
                    steps: figures, parameters: θ + units.lowerBound * count, used: used)
            }
        }
        counts.advance(units)
    }

    package mutating func exchange(with coder: inout StateCoder) throws(StateError) {
        try counts.exchange(with: &coder)
    }
}
