import Glibc
import NoBackTrackSystem

/// Why samples could not be evaluated.
enum EvaluationError: Error, CustomStringConvertible {
    /// A file could not be read.
    case unreadable(SystemError)
    /// No file had a sample that can be learned.
    case nothingUsable
    /// A file holds more numbers than are kept.
    case tooLarge(path: String, numbers: Int)

    /// What is wrong with which file.
    var description: String {
        switch self {
        case .unreadable(let error): "\(error)"
        case .nothingUsable: "there is no sample to learn from"
        case .tooLarge(let path, let numbers):
            "\(path) holds more than \(numbers) numbers; evaluate a part of it"
        }
    }

    /// 65 for files of no use, 66 for one that cannot be opened, 74 for one that cannot be read.
    var exitStatus: Int32 {
        switch self {
        case .unreadable(let error): error.call == "open" ? EX_NOINPUT : EX_IOERR
        case .nothingUsable, .tooLarge: EX_DATAERR
        }
    }
}
