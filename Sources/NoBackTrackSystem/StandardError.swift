import Glibc

/// The standard error as the place of messages.
package enum StandardError {
    /// Writes the bytes at once, so that lines of several threads do not mix. There is nowhere to report a failure to.
    package static func write(_ bytes: [UInt8]) {
        _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// Its file as the service manager writes it in `JOURNAL_STREAM`: device and inode; nil when it is closed.
    package static var stream: String? {
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0 else { return nil }
        return "\(status.st_dev):\(status.st_ino)"
    }
}
