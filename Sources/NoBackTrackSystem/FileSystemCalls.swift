/// The system calls by which state reaches the disk, one method each, so that a test can make every one
/// of them fail.
///
/// An implementation reports what the kernel reports: a call may transfer less than it was asked to or
/// fail with `EINTR`. ``DurableFile`` and ``Directory`` are what deals with that.
package protocol FileSystemCalls: Sendable {
    /// `open(2)`, always with `O_CLOEXEC`. `permissions` are those of a file that is created.
    func open(_ path: String, _ flags: Int32, permissions: UInt32) throws(SystemError) -> OpenFile
    /// `read(2)`: how many bytes were put into the buffer from the given index on; 0 at the end of the file.
    func read(
        _ file: OpenFile, into buffer: inout [UInt8], from index: Int
    ) throws(SystemError) -> Int
    /// `write(2)`: how many of the bytes were written.
    func write(_ file: OpenFile, _ bytes: RawSpan) throws(SystemError) -> Int
    /// `fsync(2)`.
    func fsync(_ file: OpenFile) throws(SystemError)
    /// `fstat(2)`.
    func status(of file: OpenFile) throws(SystemError) -> FileStatus
    /// `flock(2)`: an exclusive lock, at once or `EAGAIN`.
    func lock(_ file: OpenFile) throws(SystemError)
    /// `ftruncate(2)` to the given length in bytes.
    func truncate(_ file: OpenFile, to size: Int64) throws(SystemError)
    /// `close(2)`. The descriptor is gone even when this throws.
    func close(_ file: OpenFile) throws(SystemError)
    /// `rename(2)`.
    func rename(_ old: String, to new: String) throws(SystemError)
    /// `unlink(2)`.
    func unlink(_ path: String) throws(SystemError)
    /// `mkdir(2)`.
    func makeDirectory(_ path: String, permissions: UInt32) throws(SystemError)
    /// `rmdir(2)`.
    func removeDirectory(_ path: String) throws(SystemError)
    /// `lstat(2)`; nil when there is nothing at the path.
    func status(at path: String) throws(SystemError) -> FileStatus?
    /// Names in a directory but `.` and `..`, sorted bytewise. Names that are not UTF-8 are left out: no
    /// file of ours has one.
    func entries(of directory: String) throws(SystemError) -> [String]
}
