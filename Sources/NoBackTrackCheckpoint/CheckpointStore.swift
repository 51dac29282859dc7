import Glibc
package import NoBackTrackSystem

/// The checkpoints of all streams: `STATE/<encoded stream>/<step>.safetensors`, the newest two of each.
///
/// One process uses a state directory at a time (``DirectoryLock``) and one thread a stream's.
package struct CheckpointStore: Sendable {
    /// How many checkpoints of a stream are kept.
    package static let generations = 2
    /// Ending of a checkpoint's name.
    package static let suffix = ".safetensors"
    /// Ending of the name of a file that was found damaged, foreign or of a newer format.
    package static let corruptSuffix = ".corrupt"
    /// Ending of the name of a file whose state does not fit the configuration any more.
    package static let replacedSuffix = ".replaced"
    /// Beginning of the name of a stream's directory that is being removed; no stream's begins so.
    static let removalPrefix = ".removed-"

    /// The directory that holds the streams' directories.
    package let stateDirectory: String
    let calls: any FileSystemCalls

    /// The store in the given directory, which need not exist yet.
    package init(stateDirectory: String, fileSystem: some FileSystemCalls = LinuxFileSystem()) {
        self.stateDirectory = stateDirectory
        calls = fileSystem
    }

    /// Writes the checkpoint and removes all but the newest ones.
    ///
    /// On return it survives a power failure. When this throws, the stream's earlier checkpoints are as they
    /// were; the new one is either not there or, when only the last step failed, complete.
    ///
    /// - Returns: the file's path.
    /// - Throws: the call that failed; `EINVAL` for a name that no stream can have.
    @discardableResult
    package func save(_ checkpoint: Checkpoint) throws(SystemError) -> String {
        let directory = try directory(of: checkpoint.stream)
        try Directory.create(directory, using: calls)
        let path = self.path(of: checkpoint.step, in: directory)
        try DurableFile.replace(path, contents: checkpoint.encoded(), using: calls)
        // What cannot be removed now is removed after the next save: the checkpoint itself is safe.
        let steps = (try? steps(in: directory)) ?? []
        for step in steps.dropFirst(Self.generations) where step != checkpoint.step {
            try? calls.unlink(self.path(of: step, in: directory))
        }
        return path
    }

    /// Finds the newest checkpoint that is what was written. Newer ones that are damaged, foreign or of a
    /// later format are renamed to `….corrupt` and reported; temporary files of a crash are removed.
    ///
    /// - Throws: the call that failed. A file that the disk cannot read (`EIO`) counts as damaged; any other
    ///   failure to read, such as too many open files, says nothing about the file and leaves it in place.
    package func loadNewest(stream: String) throws(SystemError) -> LoadResult {
        var result = LoadResult(checkpoint: nil, path: nil, setAside: [])
        let directory = try directory(of: stream)
        guard try calls.status(at: directory) != nil else { return result }
        for name in try calls.entries(of: directory) where name.hasSuffix(DurableFile.temporarySuffix) {
            try? calls.unlink("\(directory)/\(name)")
        }
        let steps = try steps(in: directory)
        for (place, step) in steps.enumerated() {
            let path = self.path(of: step, in: directory)
            switch try read(path, stream: stream, step: step) {
            case .success(let checkpoint):
                result.checkpoint = checkpoint
                result.path = path
                result.oldestPosition = positions(of: steps[(place + 1)...], in: directory)
                    .reduce(checkpoint.position, min)
                return result
            case .failure(let error):
                let aside = try SetAside.rename(path, suffix: Self.corruptSuffix, using: calls)
                result.setAside.append(LoadResult.SetAside(path: aside, reason: error.description))
            }
        }
        return result
    }

    /// Renames all checkpoints of the stream to `….replaced`: they are valid, but not for the learner that is
    /// configured now.
    ///
    /// - Returns: where they are now, the newest first.
    /// - Throws: the call that failed; those renamed before it stay renamed.
    @discardableResult
    package func setAside(stream: String) throws(SystemError) -> [String] {
        let directory = try directory(of: stream)
        guard try calls.status(at: directory) != nil else { return [] }
        var paths: [String] = []
        // From the oldest on, so that a crash in between leaves the newest one in its place.
        for step in try steps(in: directory).reversed() {
            paths.append(
                try SetAside.rename(
                    path(of: step, in: directory), suffix: Self.replacedSuffix, using: calls))
        }
        return paths.reversed()
    }

    /// Removes all but the newest checkpoint of the stream, if that one is what was written.
    ///
    /// - Returns: its position; nil when there is none.
    /// - Throws: the call that failed.
    package func keepNewest(stream: String) throws(SystemError) -> UInt64? {
        guard let newest = try loadNewest(stream: stream).checkpoint else { return nil }
        let directory = try directory(of: stream)
        for step in try steps(in: directory) where step != newest.step {
            try calls.unlink(self.path(of: step, in: directory))
        }
        return newest.position
    }

    /// The position of the oldest checkpoint that is kept, as its head says; nil when there is none that can be read.
    package func oldestPosition(stream: String) -> UInt64? {
        guard let directory = try? directory(of: stream), let steps = try? steps(in: directory) else {
            return nil
        }
        return positions(of: steps, in: directory).min()
    }

    /// Step and position of the stream's newest checkpoint, as its name and its head say; nil when there is none.
    func newestHead(stream: String) throws(SystemError) -> (step: UInt64, position: UInt64)? {
        let directory = try directory(of: stream)
        let steps = try steps(in: directory)
        guard let newest = steps.first else { return nil }
        return (newest, positions(of: steps, in: directory).max() ?? 0)
    }

    /// Makes durable which streams have a directory: another process may have been killed before it could.
    ///
    /// - Throws: the call that failed.
    package func synchronize() throws(SystemError) { try Directory.synchronize(stateDirectory, using: calls) }

    /// Makes durable which checkpoints of the stream there are.
    ///
    /// - Throws: the call that failed.
    package func synchronize(stream: String) throws(SystemError) {
        try Directory.synchronize(try directory(of: stream), using: calls)
    }

    /// Streams that have a checkpoint, valid or not, sorted by their directories' names.
    ///
    /// - Throws: the call that failed. No state directory is no failure.
    package func storedStreams() throws(SystemError) -> [String] {
        guard try calls.status(at: stateDirectory) != nil else { return [] }
        var streams: [String] = []
        for name in try calls.entries(of: stateDirectory) {
            guard let stream = StreamDirectoryName.decode(name) else { continue }
            let path = "\(stateDirectory)/\(name)"
            guard try calls.status(at: path)?.kind == .directory else { continue }
            if try !steps(in: path).isEmpty { streams.append(stream) }
        }
        return streams
    }

    /// Forgets the stream with all its files, those set aside included. After a crash in the middle it is
    /// either still there as a whole or gone.
    ///
    /// - Throws: the call that failed.
    package func remove(stream: String) throws(SystemError) {
        let directory = try directory(of: stream)
        guard try calls.status(at: directory) != nil else { return }
        let name = String(directory.dropFirst(stateDirectory.count + 1))
        let doomed = "\(stateDirectory)/\(Self.removalPrefix)\(name)"
        try deleteDirectory(doomed)
        try calls.rename(directory, to: doomed)
        try Directory.synchronize(stateDirectory, using: calls)
        try deleteDirectory(doomed)
    }
}
