import CSystemd
import Glibc

/// The systemd journal, as the place of structured entries.
package enum SystemJournal {
    /// Where journald takes entries.
    package static let socketPath = "/run/systemd/journal/socket"

    /// Sends one entry.
    ///
    /// - Parameter fields: each a name of capitals, digits and underscores, `=`, and any bytes.
    /// - Throws: when there is no journal, or it does not take the entry.
    package static func send(_ fields: [[UInt8]]) throws(SystemError) {
        // Without the socket libsystemd drops the entry and calls that a success.
        guard access(socketPath, W_OK) == 0 else { throw SystemError.last("access", socketPath) }
        let bytes = UnsafeMutableRawBufferPointer.allocate(
            byteCount: fields.reduce(0) { $0 + $1.count }, alignment: 1)
        defer { bytes.deallocate() }
        var vectors: [iovec] = []
        var offset = 0
        for field in fields where !field.isEmpty {
            let part = UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + field.count])
            part.copyBytes(from: field)
            vectors.append(iovec(iov_base: part.baseAddress, iov_len: field.count))
            offset += field.count
        }
        let result = sd_journal_sendv(&vectors, Int32(vectors.count))
        guard result == 0 else {
            throw SystemError(call: "sd_journal_sendv", path: socketPath, code: -result)
        }
    }
}
