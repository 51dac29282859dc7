/// Why a file is not a segment of the journal that can be read.
package enum JournalError: Error, Equatable, CustomStringConvertible {
    /// Somebody else's file, or another segment under this name.
    case foreign(String)
    /// Written by a later version of the program.
    case newerFormat(UInt32)
    /// Its head is not what was written.
    case damaged(String)

    /// What is wrong with the file.
    package var description: String {
        switch self {
        case .foreign(let reason): "not a segment of this journal: \(reason)"
        case .newerFormat(let version):
            "written in format version \(version) by a newer nobacktrackd, this one reads up to \(JournalFormat.version)"
        case .damaged(let reason): "damaged: \(reason)"
        }
    }
}
