import NoBackTrack
import NoBackTrackCheckpoint

/// Any bytes are a checkpoint or are refused, and a checkpoint that was read is written as it was.
enum CheckpointLaws {
    /// Reads the input as it is, and once more with the checksum that what it says would have.
    static func hold(for input: [UInt8]) throws(BrokenLaw) {
        try holdForCheckpoint(input)
        guard var file = try? SafetensorsFile(decoding: input) else { return }
        let isSigned = file.metadata["checksum"] == Checkpoint.checksum(file)
        let written = file.encoded()
        guard let read = try? SafetensorsFile(decoding: written) else {
            throw BrokenLaw(description: "a file that was read can be written and read")
        }
        try BrokenLaw.unless(
            read.metadata == file.metadata && read.encoded() == written, "a file is read as it was written")
        if isSigned { return }
        file.metadata["checksum"] = Checkpoint.checksum(file)
        try holdForCheckpoint(file.encoded())
    }

    private static func holdForCheckpoint(_ bytes: [UInt8]) throws(BrokenLaw) {
        guard var checkpoint = try? Checkpoint(decoding: bytes) else { return }
        let written = checkpoint.encoded()
        guard let read = try? Checkpoint(decoding: written) else {
            throw BrokenLaw(description: "a checkpoint that was read can be written and read")
        }
        try BrokenLaw.unless(read.encoded() == written, "a checkpoint is written as it was read")
        try BrokenLaw.unless(bits(of: read.tensors) == bits(of: checkpoint.tensors), "tensors stay")
        // Only its digits are kept, and of tensors NaN would not equal itself.
        checkpoint.savedAt = read.savedAt
        checkpoint.tensors = []
        var rest = read
        rest.tensors = []
        try BrokenLaw.unless(rest == checkpoint, "\(checkpoint) is read as \(rest)")
    }

    private static func bits(of tensors: [StateTensor]) -> [UInt8] {
        SafetensorsFile(metadata: [:], tensors: tensors).encoded()
    }
}
