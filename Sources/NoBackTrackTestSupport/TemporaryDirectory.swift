import Glibc
package import NoBackTrackSystem

/// A directory of a test's own, removed with all it holds when the last reference goes.
package final class TemporaryDirectory: Sendable {
    /// Absolute path, short enough for a Unix socket in it.
    package let path: String

    /// Creates a directory of a new name under `/tmp`.
    ///
    /// - Throws: the call that failed.
    package init() throws(SystemError) {
        var template = Array("/tmp/nobacktrack-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw SystemError(call: "mkdtemp", path: "/tmp", code: errno)
        }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        Self.remove(path)
    }

    /// The path of something in the directory.
    package func file(_ name: String) -> String {
        "\(path)/\(name)"
    }

    private static func remove(_ path: String) {
        let system = LinuxFileSystem()
        guard let status = try? system.status(at: path) else { return }
        guard status.kind == .directory else {
            try? system.unlink(path)
            return
        }
        chmod(path, 0o700)
        for name in (try? system.entries(of: path)) ?? [] { remove("\(path)/\(name)") }
        try? system.removeDirectory(path)
    }
}
