import CLinux
import Glibc

/// Files that lie nowhere: what is in them is there as long as somebody has their descriptor.
package enum MemoryFile {
    /// Makes one with these bytes.
    ///
    /// - Returns: its descriptor, closed on exec.
    /// - Throws: the call that failed.
    package static func create(_ bytes: [UInt8]) throws(SystemError) -> Int32 {
        // MFD_CLOEXEC: a macro that Swift does not import.
        let descriptor = memfd_create("nobacktrackd", 1)
        guard descriptor >= 0 else { throw .last("memfd_create", nil) }
        do throws(SystemError) {
            try DurableFile.writeAll(
                bytes, to: OpenFile(descriptor: descriptor, path: "memory"), using: LinuxFileSystem())
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// What is in one, from its start.
    ///
    /// - Throws: the call that failed.
    package static func read(_ descriptor: Int32) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = pread(descriptor, &chunk, chunk.count, bytes.count)
            guard count >= 0 else { throw .last("pread", "memory") }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }
}
