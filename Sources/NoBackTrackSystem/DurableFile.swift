import Glibc

/// Files that are there completely or not at all, whenever the machine stops.
package enum DurableFile {
    /// Ending of the temporary name that a file has while it is written. A crash leaves it behind; nothing
    /// reads it and the next ``replace(_:contents:permissions:using:)`` of the same path starts it afresh.
    package static let temporarySuffix = ".tmp"

    /// Puts a file of these contents at the path, replacing the one that is there: temporary name, write, fsync, rename,
    /// fsync of the directory.
    ///
    /// - Parameter permissions: of the new file, less the process's mask: the owner's only unless it is for others.
    ///
    /// On return the file survives a power failure. When this throws, the path holds what it held before
    /// or, only when the very last step failed, the new contents, complete but perhaps not yet durable; the
    /// temporary file has been removed if the file system let it. One writer a path at a time.
    ///
    /// - Throws: the first call that failed.
    package static func replace(
        _ path: String, contents: [UInt8], permissions: UInt32 = 0o600,
        using calls: some FileSystemCalls = LinuxFileSystem()
    ) throws(SystemError) {
        let temporary = path + temporarySuffix
        do throws(SystemError) {
            let file = try uninterrupted { () throws(SystemError) in
                try calls.open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, permissions: permissions)
            }
            do throws(SystemError) {
                try writeAll(contents, to: file, using: calls)
                // A failed fsync is not tried again: the kernel may have dropped the pages it could not
                // write, and the second call would report success.
                try uninterrupted { () throws(SystemError) in try calls.fsync(file) }
            } catch {
                try? calls.close(file)
                throw error
            }
            try calls.close(file)
            try calls.rename(temporary, to: path)
        } catch {
            try? calls.unlink(temporary)
            throw error
        }
        try Directory.synchronize(Directory.parent(of: path), using: calls)
    }

    /// The contents of a regular file.
    ///
    /// - Parameter maximumBytes: a longer file is refused before it is read.
    /// - Throws: the call that failed; `EINVAL` for what is not a regular file, `EFBIG` for one too long.
    package static func read(
        _ path: String, maximumBytes: Int = 1 << 32, using calls: some FileSystemCalls = LinuxFileSystem()
    ) throws(SystemError) -> [UInt8] {
        try opened(path, using: calls) { file, status throws(SystemError) in
            guard status.size <= maximumBytes else {
                throw SystemError(
                    call: "read", path: path, code: EFBIG,
                    advice: "it is \(status.size) bytes long, at most \(maximumBytes) are read")
            }
            return try read(Int(status.size), of: file, using: calls)
        }
    }

    /// The first bytes of a regular file, all of them if there are fewer.
    ///
    /// - Throws: the call that failed; `EINVAL` for what is not a regular file.
    package static func read(
        _ path: String, first count: Int, using calls: some FileSystemCalls = LinuxFileSystem()
    ) throws(SystemError) -> [UInt8] {
        try opened(path, using: calls) { file, status throws(SystemError) in
            try read(min(count, Int(status.size)), of: file, using: calls)
        }
    }

    private static func opened(
        _ path: String, using calls: some FileSystemCalls,
        _ body: (OpenFile, FileStatus) throws(SystemError) -> [UInt8]
    ) throws(SystemError) -> [UInt8] {
        // Without O_NONBLOCK, opening a named pipe would wait for a writer.
        let file = try uninterrupted { () throws(SystemError) in
            try calls.open(path, O_RDONLY | O_NONBLOCK, permissions: 0)
        }
        let result: Result<[UInt8], SystemError>
        do throws(SystemError) {
            let status = try calls.status(of: file)
            guard status.kind == .regular else {
                throw SystemError(call: "read", path: path, code: EINVAL, advice: "it is not a regular file")
            }
            result = .success(try body(file, status))
        } catch {
            result = .failure(error)
        }
        // Nothing was written, so that a failing close takes nothing away.
        try? calls.close(file)
        return try result.get()
    }

    /// Writes all bytes, however few the kernel takes at a time.
    ///
    /// - Throws: the write that failed; some of the bytes may have been written.
    package static func writeAll(
        _ bytes: [UInt8], to file: OpenFile, using calls: some FileSystemCalls
    ) throws(SystemError) {
        let span = bytes.span.bytes
        var written = 0
        while written < span.byteCount {
            let count: Int
            do throws(SystemError) {
                count = try calls.write(file, span.extracting(written...))
            } catch  where error.code == EINTR {
                continue
            }
            // POSIX has write return 0 only for 0 bytes; going on would be an endless loop.
            guard count > 0 else { throw SystemError(call: "write", path: file.path, code: EIO) }
            written += count
        }
    }

    private static func read(
        _ count: Int, of file: OpenFile, using calls: some FileSystemCalls
    ) throws(SystemError) -> [UInt8] {
        var contents = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < contents.count {
            let count: Int
            do throws(SystemError) {
                count = try calls.read(file, into: &contents, from: filled)
            } catch  where error.code == EINTR {
                continue
            }
            // The file was cut while it was read: what is there is what there is.
            guard count > 0 else { break }
            filled += count
        }
        contents.removeSubrange(filled...)
        return contents
    }
}

/// Repeats a call for as long as it is interrupted by a signal.
package func uninterrupted<Value>(_ call: () throws(SystemError) -> Value) throws(SystemError) -> Value {
    while true {
        do throws(SystemError) { return try call() } catch {
            guard error.code == EINTR else { throw error }
        }
    }
}
