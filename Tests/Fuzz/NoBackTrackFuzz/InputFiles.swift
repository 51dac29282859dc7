import Glibc

/// The files that inputs lie in, as the C library has them: no more is needed here than to read and write them.
enum InputFiles {
    /// The call that failed.
    struct Failure: Error, CustomStringConvertible {
        let description = String(cString: strerror(errno))
    }

    /// The files of a directory, or the file itself, in the order of their names.
    static func files(at path: String) throws(Failure) -> [String] {
        guard let directory = opendir(path) else {
            guard errno == ENOTDIR else { throw Failure() }
            return [path]
        }
        defer { closedir(directory) }
        var files: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { files.append("\(path)/\(name)") }
        }
        return files.sorted()
    }

    /// All bytes of a file.
    static func read(_ path: String) throws(Failure) -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw Failure() }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&part, 1, part.count, file), count > 0 { bytes += part[..<count] }
        guard ferror(file) == 0 else { throw Failure() }
        return bytes
    }

    /// Writes a file, in a directory that is there.
    static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        guard let file = fopen(path, "wb") else { throw Failure() }
        let count = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, count == bytes.count else { throw Failure() }
    }
}
