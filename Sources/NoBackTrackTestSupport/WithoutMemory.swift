import Glibc

/// `malloc`, of which the compiler knows nothing that lets it leave out calls.
private let cMalloc = unsafeBitCast(
    dlsym(nil, "malloc"), to: (@convention(c) (Int) -> UnsafeMutableRawPointer?).self)

/// Code that must take nothing from the heap, put to the test.
///
/// With the address space at its limit, all that the heap still holds free is taken: an allocation ends the process,
/// which has to be one of its own.
package enum WithoutMemory {
    /// Whether the heap is one that can be run dry: a sanitizer's is not.
    package static let isPossible = dlsym(nil, "__tsan_init") == nil && dlsym(nil, "__asan_init") == nil

    /// Runs the body without memory, and ends the process: successfully unless something was allocated.
    package static func run(_ body: () -> Void) -> Never {
        let allocate = cMalloc
        for number in [SIGABRT, SIGILL, SIGTRAP, SIGSEGV, SIGBUS] { signal(number, SIG_DFL) }
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
        var size = 1 << 24
        while size > 0 {
            while allocate(size) != nil {}
            size -= size > 2048 ? size / 2 : 8
        }
        body()
        _exit(0)
    }
}
