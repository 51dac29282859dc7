import Glibc

/// The standard output as one end of a pipe.
package enum StandardOutput {
    /// Writes all bytes, waiting for the reader as long as it takes.
    ///
    /// - Throws: the call that failed; `EPIPE` when the reader is gone and ``ignoreSIGPIPE()`` was called.
    package static func writeAll(_ bytes: [UInt8]) throws(SystemError) {
        try writeAll(bytes, to: STDOUT_FILENO)
    }

    static func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(SystemError) {
        let file = OpenFile(descriptor: descriptor, path: "to standard output")
        let span = bytes.span.bytes
        var written = 0
        while written < span.byteCount {
            do throws(SystemError) {
                written += try LinuxFileSystem().write(file, span.extracting(written...))
            } catch {
                switch error.code {
                case EINTR: continue
                case EAGAIN:
                    // Another process that shares the pipe made it non-blocking.
                    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&request, 1, -1)
                default: throw error
                }
            }
        }
    }

    /// Has a write to a pipe or socket without a reader fail with `EPIPE` instead of ending the process.
    package static func ignoreSIGPIPE() {
        signal(SIGPIPE, SIG_IGN)
    }
}
