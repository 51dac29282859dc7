import Glibc
import NoBackTrackSystem

/// What tests run under, where that changes how long things take and how much memory they take.
package enum TestConditions {
    /// The sanitizer that everything is built with, as `NOBACKTRACKD_TEST_SANITIZER` names it; nil: none.
    package static let sanitizer = getenv("NOBACKTRACKD_TEST_SANITIZER").map { String(cString: $0) }

    /// How many times as long things may take.
    package static let slowness = sanitizer == nil ? 1 : 15

    /// When to wait no longer for what takes some seconds at most, in monotonic nanoseconds from now.
    package static var deadline: UInt64 { Clocks.monotonicNanoseconds() + UInt64(slowness) * 60_000_000_000 }
}
