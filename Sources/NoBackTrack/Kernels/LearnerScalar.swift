package import RealModule

/// A number the recurrent part computes in: `Float` in service, `Double` where a test wants digits.
package protocol LearnerScalar: Real, BinaryFloatingPoint, SIMDScalar, Codable, StateElement, Sendable {}

extension Float: LearnerScalar {}
extension Double: LearnerScalar {}
