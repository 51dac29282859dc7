/// Why a stream cannot have a name.
package enum StreamNameError: Error, Equatable, CustomStringConvertible {
    /// It has no characters.
    case empty
    /// It has a control character or a line separator.
    case controlCharacter
    /// Its directory's name would have this many bytes.
    case tooLong(Int)

    /// What is wrong with the name.
    package var description: String {
        switch self {
        case .empty: "a stream's name must not be empty"
        case .controlCharacter: "a stream's name must not contain control characters"
        case .tooLong(let count):
            "a stream's name may take \(StreamDirectoryName.maximumBytes) bytes when escaped, this one \(count)"
        }
    }
}
