/// Why bytes are not a safetensors file that this program can read.
package enum SafetensorsError: Error, Equatable, CustomStringConvertible {
    /// The file ends before what it announces does.
    case truncated(needed: UInt64, found: Int)
    /// The header is longer than any that the format allows.
    case headerTooLong(UInt64)
    /// The header is not the JSON that the format asks for, at this byte of it.
    case malformedHeader(offset: Int, reason: String)
    /// A tensor's entry contradicts itself, the others or the length of the file.
    case badTensor(name: String, reason: String)
    /// Bytes after the last tensor.
    case trailingBytes(Int)

    /// What is wrong, and where.
    package var description: String {
        switch self {
        case .truncated(let needed, let found): "cut off: \(found) bytes of \(needed)"
        case .headerTooLong(let length): "the header claims \(length) bytes"
        case .malformedHeader(let offset, let reason): "header, byte \(offset): \(reason)"
        case .badTensor(let name, let reason): "tensor \(name.quotedForError): \(reason)"
        case .trailingBytes(let count): "\(count) bytes after the last tensor"
        }
    }
}

extension String {
    /// The text in quotes, escaped and cut, so that what a hostile file says cannot forge lines of a log.
    var quotedForError: String {
        count <= 80 ? debugDescription : "\(prefix(80).debugDescription)…"
    }
}
