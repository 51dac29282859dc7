package import NoBackTrackSystem

/// A stream of a state directory that no daemon uses.
package enum StoredStream {
    /// Forgets the stream: its checkpoints, and what the journal has of it.
    ///
    /// - Returns: how many samples its newest checkpoint was learned from; 0 when only the journal had it, nil when
    ///   nothing did.
    /// - Throws: the call that failed; `EAGAIN` when a daemon uses the directory. Then the stream is either there as before
    ///   or gone.
    package static func forget(
        _ stream: String, stateDirectory: String, fileSystem: some FileSystemCalls = LinuxFileSystem()
    ) throws(SystemError) -> UInt64? {
        guard try fileSystem.status(at: stateDirectory) != nil else { return nil }
        let lock = try DirectoryLock(directory: stateDirectory, using: fileSystem)
        defer { withExtendedLifetime(lock) {} }
        let store = CheckpointStore(stateDirectory: stateDirectory, fileSystem: fileSystem)
        let isStored = try store.storedStreams().contains(stream)
        let newest = isStored ? try store.newestHead(stream: stream) : nil
        let journal = Journal(
            store: JournalStore(stateDirectory: stateDirectory, fileSystem: fileSystem), segmentBytes: .max)
        let end = try end(of: stream, in: journal.store)
        guard isStored || end != nil else { return nil }
        // Without the journal's word a restart would bring back what it has.
        var block = JournalBlockWriter()
        block.reset(stream: block.add(stream: stream), position: max(end ?? 0, newest?.position ?? 0))
        try journal.reopen()
        try journal.append(&block)
        try journal.sync()
        try store.remove(stream: stream)
        return newest?.step ?? 0
    }

    /// The position behind the stream's last entry; nil when the journal has none.
    private static func end(of stream: String, in store: JournalStore) throws(SystemError) -> UInt64? {
        var end: UInt64?
        for segment in try store.segments() {
            guard case .success(var reader) = try store.read(segment) else { continue }
            while let block = reader.next() {
                for entry in block.entries where block.streams[entry.stream] == stream {
                    end = max(end ?? 0, entry.position + 1)
                }
            }
        }
        return end
    }
}
