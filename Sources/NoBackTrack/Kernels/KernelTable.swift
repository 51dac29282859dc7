// The innermost loops, as Swift sees them. What each does, and the shapes, stands beside its counterpart in
// CNoBackTrackKernels.h; callers check ranges once and hand over pointers.

package import CNoBackTrackKernels

/// The loops where the time goes, for one number type, by the fastest instructions that the processor has.
///
/// Every one has a naive twin in the tests, which try the portable instructions too.
package protocol KernelTable<Scalar> {
    /// The number type.
    associatedtype Scalar: Numeric

    /// Σ_j a_j b_j.
    static func dot(_ a: UnsafePointer<Scalar>, _ b: UnsafePointer<Scalar>, count: Int) -> Scalar
    /// y ← y + s x.
    static func addScaled(
        _ x: UnsafePointer<Scalar>, by s: Scalar, to y: UnsafeMutablePointer<Scalar>, count: Int)
    /// y_j ← y_j + s x_j².
    static func addScaledSquares(
        _ x: UnsafePointer<Scalar>, by s: Scalar, to y: UnsafeMutablePointer<Scalar>, count: Int)
    /// y_j ← y_j + (value − x_j)².
    static func addSquaredDifferences(
        _ x: UnsafePointer<Scalar>, from value: Scalar, to y: UnsafeMutablePointer<Scalar>, count: Int)
    /// out[q, i] ← Σ_j matrix[i, j] vectors[q, j].
    static func multiply(
        _ matrix: UnsafePointer<Scalar>, stride: Int, rowCount: Int, columnCount: Int,
        vectors: UnsafePointer<Scalar>, vectorStride: Int, vectorCount: Int,
        into out: UnsafeMutablePointer<Scalar>, outStride: Int)
    /// out[j] ← Σ_i weights[i] (gains[i] matrix[i, j])².
    static func columnSquares(
        _ matrix: UnsafePointer<Scalar>, stride: Int, rowCount: Int, columnCount: Int,
        weights: UnsafePointer<Scalar>, gains: UnsafePointer<Scalar>,
        into out: UnsafeMutablePointer<Scalar>)
    /// M ← s (M − c u uᵀ).
    static func downdate(
        _ matrix: UnsafeMutablePointer<Scalar>, by u: UnsafePointer<Scalar>, weight c: Scalar,
        scale s: Scalar,
        count: Int)
    /// state ← complement state + leak tanh a; gain ← leak (1 − tanh² a).
    static func leak(
        _ a: UnsafePointer<Scalar>, leak: UnsafePointer<Scalar>, complement: UnsafePointer<Scalar>,
        state: UnsafeMutablePointer<Scalar>, gain: UnsafeMutablePointer<Scalar>, count: Int)
    /// out ← tanh x.
    static func tanh(_ x: UnsafePointer<Scalar>, into out: UnsafeMutablePointer<Scalar>, count: Int)
    /// products ← ε ρ, quotients ← ε / ρ with ρ of equation (14) from squared norms; ρ = 1 where `areOne`.
    static func scalings(
        rows w: UnsafePointer<Scalar>, columns v: UnsafePointer<Scalar>, signs: UnsafePointer<Scalar>,
        regularisation: Scalar, areOne: Bool, products: UnsafeMutablePointer<Scalar>,
        quotients: UnsafeMutablePointer<Scalar>, count: Int)
    /// Equations (12) and (15) in one pass over the factors of a range of units; with a step, in the same pass the
    /// optimizer's, where the network's shape allows that.
    ///
    /// - Parameters:
    ///   - units: the units the pass is over.
    ///   - segments: the parts of a unit's parameters and what each is multiplied with.
    ///   - sourceStride: from one unit's source to the next; 0: they share one.
    ///   - rowCount: δ and the rows of C; 0: there is no loss.
    ///   - group: the group of every unit.
    ///   - coefficients: rank × (groups + states): ε_0 / ρ_0 of each group, then ε_i / ρ_i.
    ///   - projections: rows × rank × groups: δᵀv̄ / rank.
    ///   - delta: rows × states.
    ///   - oldSource: z of the step before; `oldGain`: its κ, states × segments.
    ///   - newSource: z of this step; `newGain`: its κ.
    ///   - factor: w̄; rank × units × parametersPerUnit.
    ///   - gradient: units of the pass × rows × parametersPerUnit.
    ///   - squaredNorms: ‖w̄‖² of every pair and unit: rank × units.
    ///   - step: what to do with the gradients; nil: nothing.
    /// - Returns: whether the step was taken; where it was, `gradient` may hold anything.
    static func reduceRows(
        units: Range<Int>, unitCount: Int, parametersPerUnit: Int, statesPerUnit: Int,
        segments: UnsafePointer<nbt_segment>, segmentCount: Int, sourceStride: Int, rank: Int,
        groupCount: Int, rowCount: Int, group: UnsafePointer<Int32>, coefficients: UnsafePointer<Scalar>,
        projections: UnsafePointer<Scalar>, delta: UnsafePointer<Scalar>, oldSource: UnsafePointer<Scalar>,
        oldGain: UnsafePointer<Scalar>, newSource: UnsafePointer<Scalar>, newGain: UnsafePointer<Scalar>,
        factor: UnsafeMutablePointer<Scalar>, gradient: UnsafeMutablePointer<Scalar>,
        squaredNorms: UnsafeMutablePointer<Scalar>, step: KernelStep<Scalar>?
    ) -> Bool
    /// The step of an optimizer over some units, given their gradients, which it uses up: for each unit `rowCount` rows
    /// of `count` numbers.
    static func stepRows(
        _ step: KernelStep<Scalar>, gradient: UnsafeMutablePointer<Scalar>, units: Range<Int>, rowCount: Int,
        count: Int)
    /// Σ_j a_j² / (diagonal_j + damping) of several vectors a, and of b.
    static func inverseWeightedSquares(
        diagonal: UnsafePointer<Scalar>, damping: Scalar, count: Int, _ a: UnsafePointer<Scalar>,
        strideA: Int,
        countA: Int, _ b: UnsafePointer<Scalar>, outA: UnsafeMutablePointer<Scalar>,
        outB: UnsafeMutablePointer<Scalar>)
}

/// An optimizer as kernels see it: its kind, its constants, its arrays.
package struct KernelStep<Scalar: Numeric> {
    /// Which optimizer.
    package var kind: nbt_step_kind
    /// Square sum of a unit's gradients from which on the unit is left alone.
    package var usable: Scalar
    /// At which rates ``first`` and ``second`` follow.
    package var firstRate: Scalar
    package var secondRate: Scalar
    /// What is added to denominators: Adam's ε, the damping of the signal-to-noise step, the filter's π.
    package var damping: Scalar
    /// η of the signal-to-noise step.
    package var size: Scalar
    /// No parameter moves by more: the signal-to-noise step's limit, the filter's κ; infinite: no limit.
    package var largestChange: Scalar
    /// Whether the filter has a limit.
    package var isLimited: Bool
    /// Of each unit of the pass: the size of its step, where it depends on how many it has taken.
    package var sizes: UnsafePointer<Scalar>?
    /// Of each unit of the pass: Adam's correction of ``second``, the filter's γ_t.
    package var corrections: UnsafePointer<Scalar>?
    /// Running means of the gradient and, in ``second``, of its square or the filter's M; P.
    package var first: UnsafeMutablePointer<Scalar>?
    package var second: UnsafeMutablePointer<Scalar>?
    /// θ; P.
    package var parameters: UnsafeMutablePointer<Scalar>
    /// Of each unit of the pass: receives whether it took the step.
    package var used: UnsafeMutablePointer<UInt8>?

    /// An optimizer of a kind; what it has no use for is left out.
    package init(
        kind: nbt_step_kind, usable: Scalar, firstRate: Scalar = 0, secondRate: Scalar = 0,
        damping: Scalar = 0,
        size: Scalar = 0, largestChange: Scalar = 0, isLimited: Bool = false,
        sizes: UnsafePointer<Scalar>? = nil, corrections: UnsafePointer<Scalar>? = nil,
        first: UnsafeMutablePointer<Scalar>? = nil, second: UnsafeMutablePointer<Scalar>? = nil,
        parameters: UnsafeMutablePointer<Scalar>, used: UnsafeMutablePointer<UInt8>? = nil
    ) {
        self.kind = kind
        self.usable = usable
        self.firstRate = firstRate
        self.secondRate = secondRate
        self.damping = damping
        self.size = size
        self.largestChange = largestChange
        self.isLimited = isLimited
        self.sizes = sizes
        self.corrections = corrections
        self.first = first
        self.second = second
        self.parameters = parameters
        self.used = used
    }
}
