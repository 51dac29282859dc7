import Glibc

/// The two clocks: one that people set, one that only goes forward.
package enum Clocks {
    /// Seconds since 1970 by the wall clock, which may jump.
    package static func wallSeconds() -> Double {
        let time = now(CLOCK_REALTIME)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Nanoseconds since some moment at or before the start of the machine; never goes back.
    package static func monotonicNanoseconds() -> UInt64 {
        let time = now(CLOCK_MONOTONIC)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Nanoseconds of a processor that the calling thread has used.
    package static func threadNanoseconds() -> UInt64 {
        let time = now(CLOCK_THREAD_CPUTIME_ID)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private static func now(_ clock: clockid_t) -> timespec {
        var time = timespec()
        let result = clock_gettime(clock, &time)
        precondition(result == 0, "these clocks exist on every Linux")
        return time
    }
}
