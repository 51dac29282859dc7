import ArgumentParser
import Glibc

/// Files that a command writes beside its output.
enum OutputFile {
    /// Checks that there is a directory to write to, so that it is found before hours of work and not after.
    ///
    /// - Parameter files: Paths; those that are nil are not written.
    /// - Throws: `ValidationError` naming the first that cannot be.
    static func check(_ files: [String?]) throws {
        for file in files.compactMap(\.self) {
            let directory = file.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            let path = directory.isEmpty ? "." : directory.joined(separator: "/") + "/"
            guard access(path, W_OK) == 0 else { throw ValidationError("\(file): no directory to write to") }
        }
    }
}
