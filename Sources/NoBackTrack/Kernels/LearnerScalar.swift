package import RealModule

/// A number the recurrent part computes in: `Float` in service, `Double` where a test wants digits.
package protocol LearnerScalar: Real, BinaryFloatingPoint, SIMDScalar, Codable, StateElement, Sendable {
    /// The innermost loops for this number type.
    associatedtype Kernels: KernelTable<Self>
}

extension Float: LearnerScalar {
    package typealias Kernels = FloatKernels
}

extension Double: LearnerScalar {
    package typealias Kernels = DoubleKernels
}
