import Glibc
import NoBackTrackSystem

extension CheckpointStore {
    /// The directory of a stream, whether or not it exists.
    func directory(of stream: String) throws(SystemError) -> String {
        let name: String
        do throws(StreamNameError) { name = try StreamDirectoryName.encode(stream) } catch {
            throw SystemError(call: "open", path: stateDirectory, code: EINVAL, advice: error.description)
        }
        // Unicode has several ways to write é; they are one name to Swift and must be one directory.
        if name.utf8.contains(UInt8(ascii: "%")), try calls.status(at: "\(stateDirectory)/\(name)") == nil,
            let twin = try storedStreams().first(where: { $0 == stream }),
            let twinName = try? StreamDirectoryName.encode(twin)
        {
            return "\(stateDirectory)/\(twinName)"
        }
        return "\(stateDirectory)/\(name)"
    }

    /// Steps of the checkpoints in a stream's directory, the newest first.
    func steps(in directory: String) throws(SystemError) -> [UInt64] {
        try calls.entries(of: directory).compactMap { name in
            guard name.hasSuffix(Self.suffix), let step = UInt64(name.dropLast(Self.suffix.count)),
                // "007" and "+7" are numbers too, but not names of ours.
                name == "\(step)\(Self.suffix)"
            else { return nil }
            return step
        }
        .sorted(by: >)
    }

    /// Reads a checkpoint and makes sure that it is the one that belongs there.
    func read(
        _ path: String, stream: String, step: UInt64
    ) throws(SystemError) -> Result<Checkpoint, CheckpointError> {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try DurableFile.read(path, using: calls)
        } catch {
            guard error.isOfTheFile else { throw error }
            return .failure(.damaged(error.description))
        }
        do throws(CheckpointError) {
            let checkpoint = try Checkpoint(decoding: bytes)
            guard checkpoint.stream == stream, checkpoint.step == step else {
                return .failure(
                    .foreign("it holds step \(checkpoint.step) of \(checkpoint.stream.quotedForError)"))
            }
            return .success(checkpoint)
        } catch {
            return .failure(error)
        }
    }

    /// The path of a checkpoint in its stream's directory.
    func path(of step: UInt64, in directory: String) -> String { "\(directory)/\(step)\(Self.suffix)" }

    /// The positions of checkpoints as their heads say, without a look at the rest; those whose head cannot be read are
    /// left out.
    func positions(of steps: some Sequence<UInt64>, in directory: String) -> [UInt64] {
        steps.compactMap { step in
            guard
                let metadata = try? SafetensorsFile.metadata(at: path(of: step, in: directory), using: calls)
            else { return nil }
            return metadata["format_version"] == "1"
                ? 0 : metadata["position"].flatMap(JournalFormat.position)
        }
    }

    /// Deletes a directory of files, if it is there.
    func deleteDirectory(_ path: String) throws(SystemError) {
        guard try calls.status(at: path) != nil else { return }
        for name in try calls.entries(of: path) { try calls.unlink("\(path)/\(name)") }
        try calls.removeDirectory(path)
    }
}
