import Glibc
import NoBackTrackSystem

extension SystemError {
    /// Whether a file could not be read because of what it is, and is as good as damaged. Any other failure to read, such
    /// as too many open files, says nothing about the file.
    var isOfTheFile: Bool {
        switch code {
        case EIO, EINVAL, EFBIG, ELOOP: true
        default: false
        }
    }
}
