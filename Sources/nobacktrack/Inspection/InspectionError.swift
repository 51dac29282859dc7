import Glibc
import NoBackTrackSystem

/// Why a file could not be looked into.
enum InspectionError: Error, CustomStringConvertible {
    /// It could not be read.
    case unreadable(SystemError)
    /// It is not a checkpoint, or not a whole one.
    case damaged(path: String, reason: String)

    /// What is wrong with which file.
    var description: String {
        switch self {
        case .unreadable(let error): "\(error)"
        case .damaged(let path, let reason): "\(path) is not a sound checkpoint: \(reason)"
        }
    }

    /// 65 for a damaged file, 66 for one that cannot be opened, 74 for one that cannot be read.
    var exitStatus: Int32 {
        switch self {
        case .unreadable(let error): error.call == "open" ? EX_NOINPUT : EX_IOERR
        case .damaged: EX_DATAERR
        }
    }
}
