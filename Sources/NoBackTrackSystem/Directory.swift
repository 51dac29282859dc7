import Glibc

/// Directories that survive a power failure.
package enum Directory {
    /// Creates the directory, with the parents it lacks, for the owner only (0700) and durably. One that is
    /// there is left as it is.
    ///
    /// - Throws: the call that failed; `ENOTDIR` when something else is at the path.
    package static func create(
        _ path: String, using calls: some FileSystemCalls = LinuxFileSystem()
    ) throws(SystemError) {
        let parent = parent(of: path)
        do throws(SystemError) {
            guard try make(path, using: calls) else { return }
        } catch  where error.code == ENOENT && parent != path && parent != "." {
            try create(parent, using: calls)
            guard try make(path, using: calls) else { return }
        }
        do throws(SystemError) {
            try synchronize(parent, using: calls)
        } catch {
            // Else the next attempt would find it and take it for durable.
            try? calls.removeDirectory(path)
            throw error
        }
    }

    /// Makes durable which files the directory holds and under which names.
    ///
    /// - Throws: the call that failed.
    package static func synchronize(
        _ path: String, using calls: some FileSystemCalls = LinuxFileSystem()
    ) throws(SystemError) {
        let directory = try uninterrupted { () throws(SystemError) in
            try calls.open(path, O_RDONLY | O_DIRECTORY, permissions: 0)
        }
        defer { try? calls.close(directory) }
        do throws(SystemError) {
            try uninterrupted { () throws(SystemError) in try calls.fsync(directory) }
        } catch  where error.code == EINVAL {
            // Some network file systems cannot, and have nothing to make durable either.
        }
    }

    /// The directory that a path lies in: `.` for a bare name, `/` for the root itself.
    package static func parent(of path: String) -> String {
        var bytes = path.utf8[...]
        while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        bytes = bytes[..<slash]
        while bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        return bytes.isEmpty ? "/" : String(Substring(bytes))
    }

    /// Makes one directory; false when it is there. Follows symbolic links, as `/var/lib/x` is one when
    /// systemd runs the daemon as a dynamic user.
    private static func make(
        _ path: String, using calls: some FileSystemCalls
    ) throws(SystemError) -> Bool {
        do throws(SystemError) {
            try calls.makeDirectory(path, permissions: 0o700)
            return true
        } catch  where error.code == EEXIST {
            do throws(SystemError) {
                let directory = try uninterrupted { () throws(SystemError) in
                    try calls.open(path, O_RDONLY | O_DIRECTORY, permissions: 0)
                }
                try? calls.close(directory)
                return false
            } catch  where error.code == ENOTDIR {
                throw SystemError(
                    call: "mkdir", path: path, code: ENOTDIR, advice: "something else is there; move it away")
            }
        }
    }
}
