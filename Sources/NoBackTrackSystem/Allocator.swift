import CLinux

/// The C library's memory allocator, which Swift's objects come from as well.
package enum Allocator {
    /// Gives free memory back to the system, as far as whole pages are free.
    package static func trim() { malloc_trim(0) }
}
