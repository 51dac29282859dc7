import Glibc
import NoBackTrackSystem

/// What tests run under, where that changes how long things take and how much memory they take.
package enum TestConditions {
    /// The sanitizer that everything is built with, as `NOBACKTRACKD_TEST_SANITIZER` names it; nil: none.
    package static let sanitizer = getenv("NOBACKTRACKD_TEST_SANITIZER").map { String(cString: $0) }

    /// The variables that programs under test get from the tests: where a sanitizer has its libraries, and what is to be
    /// looked for.
    package static var passedOn: [String: String] {
        var variables: [String: String] = [:]
        for name in ["LD_LIBRARY_PATH", "LD_PRELOAD", "ASAN_OPTIONS", "TSAN_OPTIONS"] {
            variables[name] = getenv(name).map { String(cString: $0) }
        }
        return variables
    }

    /// How many times as long things may take.
    package static let slowness = sanitizer == nil ? 1 : 15

    /// When to wait no longer for what takes some seconds at most, in monotonic nanoseconds from now.
    package static var deadline: UInt64 { Clocks.monotonicNanoseconds() + UInt64(slowness) * 60_000_000_000 }
}
