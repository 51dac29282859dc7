// The innermost loops, as Swift sees them. What each does, and the shapes, stands beside its counterpart in
// CNoBackTrackKernels.h; callers check ranges once and hand over pointers.

package import CNoBackTrackKernels

/// The loops where the time goes, for one number type, by the fastest instructions that the processor has.
///
/// Every one has a naive twin in the tests, which try the portable instructions too.
package protocol KernelTable<Scalar> {
    /// The number type.
    associatedtype Scalar

    /// Σ_j a_j b_j.
    static func dot(_ a: UnsafePointer<Scalar>, _ b: UnsafePointer<Scalar>, count: Int) -> Scalar
    /// y ← y + s x.
    static func addScaled(
        _ x: UnsafePointer<Scalar>, by s: Scalar, to y: UnsafeMutablePointer<Scalar>, count: Int)
    /// y_j ← y_j + s x_j².
    static func addScaledSquares(
        _ x: UnsafePointer<Scalar>, by s: Scalar, to y: UnsafeMutablePointer<Scalar>, count: Int)
    /// out[q, i] ← Σ_j matrix[i, j] vectors[q, j].
    static func multiply(
        _ matrix: UnsafePointer<Scalar>, stride: Int, rowCount: Int, columnCount: Int,
        vectors: UnsafePointer<Scalar>, vectorStride: Int, vectorCount: Int,
        into out: UnsafeMutablePointer<Scalar>, outStride: Int)
    /// out[j] ← Σ_i weights[i] matrix[i, j]².
    static func columnSquares(
        _ matrix: UnsafePointer<Scalar>, stride: Int, rowCount: Int, columnCount: Int,
        weights: UnsafePointer<Scalar>, into out: UnsafeMutablePointer<Scalar>)
    /// M ← s (M − c u uᵀ).
    static func downdate(
        _ matrix: UnsafeMutablePointer<Scalar>, by u: UnsafePointer<Scalar>, weight c: Scalar, scale s: Scalar,
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
    /// Equations (12) and (15) in one pass over the factors of a range of units.
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
    static func reduceRows(
        units: Range<Int>, unitCount: Int, parametersPerUnit: Int, statesPerUnit: Int,
        segments: UnsafePointer<nbt_segment>, segmentCount: Int, sourceStride: Int, rank: Int,
        groupCount: Int, rowCount: Int, group: UnsafePointer<Int32>, coefficients: UnsafePointer<Scalar>,
        projections: UnsafePointer<Scalar>, delta: UnsafePointer<Scalar>, oldSource: UnsafePointer<Scalar>,
        oldGain: UnsafePointer<Scalar>, newSource: UnsafePointer<Scalar>, newGain: UnsafePointer<Scalar>,
        factor: UnsafeMutablePointer<Scalar>, gradient: UnsafeMutablePointer<Scalar>,
        squaredNorms: UnsafeMutablePointer<Scalar>)
    /// θ ← θ − steps g; `used` tells the units whose gradients were usable.
    static func plainRows(
        gradient: UnsafePointer<Scalar>, unitCount: Int, count: Int, usable: Scalar,
        steps: UnsafePointer<Scalar>, parameters: UnsafeMutablePointer<Scalar>, used: UnsafeMutablePointer<UInt8>)
    /// The step of ``SignalToNoiseStep``; uses the gradient up.
    static func signalToNoiseRows(
        gradient: UnsafeMutablePointer<Scalar>, unitCount: Int, count: Int, usable: Scalar, rate: Scalar,
        damping: Scalar, step: Scalar, largestChange: Scalar, mean: UnsafeMutablePointer<Scalar>,
        meanSquare: UnsafeMutablePointer<Scalar>, parameters: UnsafeMutablePointer<Scalar>)
    /// The step of ``AdamStep``, with each unit's step size and the correction of its mean square.
    static func adamRows(
        gradient: UnsafePointer<Scalar>, unitCount: Int, count: Int, usable: Scalar, firstDecay: Scalar,
        secondDecay: Scalar, smallest: Scalar, steps: UnsafePointer<Scalar>, corrections: UnsafePointer<Scalar>,
        mean: UnsafeMutablePointer<Scalar>, meanSquare: UnsafeMutablePointer<Scalar>,
        parameters: UnsafeMutablePointer<Scalar>, used: UnsafeMutablePointer<UInt8>)
    /// The step of ``FilterStep`` with a diagonal metric, with each unit's γ_t and η_t γ_t.
    static func filterRows(
        gradient: UnsafePointer<Scalar>, unitCount: Int, count: Int, rowCount: Int, usable: Scalar,
        forgetting: UnsafePointer<Scalar>, prior: Scalar, momentumDecay: Scalar, steps: UnsafePointer<Scalar>,
        largestChange: Scalar, diagonal: UnsafeMutablePointer<Scalar>, momentum: UnsafeMutablePointer<Scalar>,
        parameters: UnsafeMutablePointer<Scalar>, used: UnsafeMutablePointer<UInt8>)
    /// Σ_j a_j² / (diagonal_j + damping) of several vectors a, and of b.
    static func inverseWeightedSquares(
        diagonal: UnsafePointer<Scalar>, damping: Scalar, count: Int, _ a: UnsafePointer<Scalar>, strideA: Int,
        countA: Int, _ b: UnsafePointer<Scalar>, outA: UnsafeMutablePointer<Scalar>,
        outB: UnsafeMutablePointer<Scalar>)
}
