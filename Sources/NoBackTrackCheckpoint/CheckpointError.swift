/// Why a file is not a checkpoint that a learner can go on from.
package enum CheckpointError: Error, Equatable, CustomStringConvertible {
    /// Not a safetensors file at all, or a damaged one.
    case unreadable(SafetensorsError)
    /// Somebody else's safetensors file, or another stream's or step's checkpoint under this name.
    case foreign(String)
    /// Written by a later version of the program.
    case newerFormat(String)
    /// One of ours whose content is not what was written.
    case damaged(String)

    /// What is wrong with the file.
    package var description: String {
        switch self {
        case .unreadable(let error): "not a readable safetensors file: \(error)"
        case .foreign(let reason): "not a checkpoint of this stream: \(reason)"
        case .newerFormat(let version):
            "written in format version \(version) by a newer nobacktrackd, this one reads up to \(Checkpoint.formatVersion)"
        case .damaged(let reason): "damaged: \(reason)"
        }
    }
}
