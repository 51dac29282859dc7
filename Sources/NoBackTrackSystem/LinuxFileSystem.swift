import Glibc

/// The kernel's own file system.
package struct LinuxFileSystem: FileSystemCalls {
    /// The kernel's own file system.
    package init() {}

    package func open(
        _ path: String, _ flags: Int32, permissions: UInt32
    ) throws(SystemError) -> OpenFile {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC, mode_t(permissions))
        guard descriptor >= 0 else { throw .last("open", path) }
        return OpenFile(descriptor: descriptor, path: path)
    }

    package func read(
        _ file: OpenFile, into buffer: inout [UInt8], from index: Int
    ) throws(SystemError) -> Int {
        let count = buffer.withUnsafeMutableBytes { bytes in
            let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[index...])
            return Glibc.read(file.descriptor, rest.baseAddress, rest.count)
        }
        guard count >= 0 else { throw .last("read", file.path) }
        return count
    }

    package func write(_ file: OpenFile, _ bytes: RawSpan) throws(SystemError) -> Int {
        let count = bytes.withUnsafeBytes { Glibc.write(file.descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw .last("write", file.path) }
        return count
    }

    package func fsync(_ file: OpenFile) throws(SystemError) {
        guard Glibc.fsync(file.descriptor) == 0 else { throw .last("fsync", file.path) }
    }

    package func status(of file: OpenFile) throws(SystemError) -> FileStatus {
        var status = stat()
        guard fstat(file.descriptor, &status) == 0 else { throw .last("fstat", file.path) }
        return FileStatus(status)
    }

    package func lock(_ file: OpenFile) throws(SystemError) {
        guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .last("flock", file.path) }
    }

    package func truncate(_ file: OpenFile, to size: Int64) throws(SystemError) {
        guard ftruncate(file.descriptor, off_t(size)) == 0 else { throw .last("ftruncate", file.path) }
    }

    package func close(_ file: OpenFile) throws(SystemError) {
        // Linux releases the descriptor before it can be interrupted: a second close would hit another file.
        guard Glibc.close(file.descriptor) == 0 || errno == EINTR else { throw .last("close", file.path) }
    }

    package func rename(_ old: String, to new: String) throws(SystemError) {
        guard Glibc.rename(old, new) == 0 else { throw .last("rename", "\(old) to \(new)") }
    }

    package func unlink(_ path: String) throws(SystemError) {
        guard Glibc.unlink(path) == 0 else { throw .last("unlink", path) }
    }

    package func makeDirectory(_ path: String, permissions: UInt32) throws(SystemError) {
        guard mkdir(path, mode_t(permissions)) == 0 else { throw .last("mkdir", path) }
    }

    package func removeDirectory(_ path: String) throws(SystemError) {
        guard rmdir(path) == 0 else { throw .last("rmdir", path) }
    }

    package func status(at path: String) throws(SystemError) -> FileStatus? {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw .last("lstat", path)
        }
        return FileStatus(status)
    }

    package func entries(of directory: String) throws(SystemError) -> [String] {
        guard let stream = opendir(directory) else { throw .last("opendir", directory) }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            // Only errno tells the end of the directory from a failure.
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw .last("readdir", directory) }
                break
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
                    String(validatingCString: $0)
                }
            }
            if let name, name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
