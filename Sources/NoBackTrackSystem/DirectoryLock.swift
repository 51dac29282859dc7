import Glibc
import Synchronization

/// A directory that is this process's alone, so that two daemons never write one state. The lock goes with
/// the process, however it ends.
package final class DirectoryLock: Sendable {
    /// Name of the file in the directory that carries the lock and the holder's process number.
    package static let fileName = ".lock"

    /// The directory.
    package let directory: String
    /// Nil once it was released.
    private let file: Mutex<OpenFile?>
    private let calls: any FileSystemCalls

    /// Locks the directory, creating it when it is not there.
    ///
    /// - Throws: `EAGAIN`, naming the holder, when another process has it; else the call that failed.
    package init(
        directory: String, using calls: some FileSystemCalls = LinuxFileSystem()
    ) throws(SystemError) {
        self.directory = directory
        self.calls = calls
        try Directory.create(directory, using: calls)
        file = Mutex(try Self.lock("\(directory)/\(Self.fileName)", using: calls))
    }

    /// Locks the directory again after it was removed and made anew.
    ///
    /// - Throws: `EAGAIN` when another process has been faster; else the call that failed.
    package func renew() throws(SystemError) {
        try Directory.create(directory, using: calls)
        let path = "\(directory)/\(Self.fileName)"
        guard let file = file.withLock({ $0 }) else { return }
        let held = try calls.status(of: file)
        if let there = try calls.status(at: path), there.inode == held.inode, there.device == held.device {
            return
        }
        let renewed = try Self.lock(path, using: calls)
        let old = self.file.withLock { file in
            defer { file = renewed }
            return file
        }
        if let old { try? calls.close(old) }
    }

    /// Lets others have the directory, whoever still refers to this.
    package func release() {
        let old = file.withLock { file in
            defer { file = nil }
            return file
        }
        if let old { try? calls.close(old) }
    }

    deinit { release() }

    private static func lock(
        _ path: String, using calls: some FileSystemCalls
    ) throws(SystemError) -> OpenFile {
        let file = try uninterrupted { () throws(SystemError) in
            try calls.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, permissions: 0o600)
        }
        do throws(SystemError) {
            try uninterrupted { () throws(SystemError) in try calls.lock(file) }
        } catch {
            let holder = error.code == EAGAIN ? holder(path, using: calls) : nil
            try? calls.close(file)
            guard error.code == EAGAIN else { throw error }
            throw SystemError(
                call: error.call, path: path, code: error.code,
                advice:
                    "\(holder ?? "another process") uses this directory; stop it or choose another directory"
            )
        }
        // The number only serves the error text of others: a full disk must not keep the daemon from
        // starting on the state it has.
        do throws(SystemError) {
            try calls.truncate(file, to: 0)
            try DurableFile.writeAll(Array("\(getpid())\n".utf8), to: file, using: calls)
        } catch {
            try? calls.truncate(file, to: 0)
        }
        return file
    }

    private static func holder(_ path: String, using calls: some FileSystemCalls) -> String? {
        guard let bytes = try? DurableFile.read(path, maximumBytes: 64, using: calls),
            let number = Int32(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
        else { return nil }
        return "process \(number)"
    }
}
