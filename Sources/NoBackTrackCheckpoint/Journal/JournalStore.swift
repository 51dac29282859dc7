import Glibc
package import NoBackTrackSystem

/// The journal's segments on disk.
package struct JournalStore: Sendable {
    /// The directory that holds them.
    package let directory: String
    let calls: any FileSystemCalls

    /// The journal in a state directory, neither of which need exist yet.
    package init(stateDirectory: String, fileSystem: some FileSystemCalls = LinuxFileSystem()) {
        directory = "\(stateDirectory)/\(JournalFormat.directoryName)"
        calls = fileSystem
    }

    /// The path of a segment.
    package func path(of segment: UInt64) -> String { "\(directory)/\(JournalFormat.name(of: segment))" }

    /// The numbers of the segments there are, ascending.
    ///
    /// - Throws: the call that failed. No directory is no failure.
    package func segments() throws(SystemError) -> [UInt64] {
        try names().compactMap(JournalFormat.segment(named:)).sorted()
    }

    /// A number above that of every segment there is or was and is still there under another name.
    ///
    /// - Throws: the call that failed.
    package func nextSegment() throws(SystemError) -> UInt64 {
        let numbers = try names().compactMap { name in
            name.contains(JournalFormat.suffix) ? UInt64(name.prefix(16), radix: 16) : nil
        }
        return (numbers.max() ?? 0) + 1
    }

    /// A reader of a segment.
    ///
    /// - Throws: the call that failed. A segment that cannot be used is a failure of the result.
    package func read(_ segment: UInt64) throws(SystemError) -> Result<JournalSegmentReader, JournalError> {
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try DurableFile.read(path(of: segment), using: calls) } catch {
            guard error.isOfTheFile else { throw error }
            return .failure(.damaged(error.description))
        }
        do throws(JournalError) {
            return .success(try JournalSegmentReader(bytes, segment: segment))
        } catch {
            return .failure(error)
        }
    }

    /// Renames a segment that cannot be used, or not as a whole, so that it is neither read nor removed.
    ///
    /// - Returns: where it is now.
    /// - Throws: the call that failed.
    package func setAside(_ segment: UInt64) throws(SystemError) -> String {
        try SetAside.rename(path(of: segment), suffix: CheckpointStore.corruptSuffix, using: calls)
    }

    /// Begins a segment; on return it survives a power failure.
    ///
    /// - Returns: the file, at whose end blocks are to be written.
    /// - Throws: the call that failed; nothing is left of the segment then, if the file system lets it.
    func create(_ segment: UInt64) throws(SystemError) -> OpenFile {
        try Directory.create(directory, using: calls)
        let path = path(of: segment)
        let file = try uninterrupted { () throws(SystemError) in
            try calls.open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW, permissions: 0o600)
        }
        do throws(SystemError) {
            try DurableFile.writeAll(JournalFormat.header(of: segment), to: file, using: calls)
            try uninterrupted { () throws(SystemError) in try calls.fsync(file) }
            try Directory.synchronize(directory, using: calls)
        } catch {
            try? calls.close(file)
            try? calls.unlink(path)
            throw error
        }
        return file
    }

    /// Deletes a segment; one that is not there is none any more. On return it does not come back with a power failure:
    /// one that did, without a later one that says that its stream was forgotten, would bring that back.
    ///
    /// - Throws: the call that failed.
    func remove(_ segment: UInt64) throws(SystemError) {
        do throws(SystemError) { try calls.unlink(path(of: segment)) } catch  where error.code == ENOENT {}
        try Directory.synchronize(directory, using: calls)
    }

    /// Makes durable what another process has written to a segment, which may have been killed before it could.
    ///
    /// - Throws: the call that failed.
    package func synchronize(_ segment: UInt64) throws(SystemError) {
        let path = path(of: segment)
        let file = try uninterrupted { () throws(SystemError) in
            try calls.open(path, O_RDONLY | O_NOFOLLOW, permissions: 0)
        }
        defer { try? calls.close(file) }
        try uninterrupted { () throws(SystemError) in try calls.fsync(file) }
    }

    private func names() throws(SystemError) -> [String] {
        guard try calls.status(at: directory) != nil else { return [] }
        return try calls.entries(of: directory)
    }
}
