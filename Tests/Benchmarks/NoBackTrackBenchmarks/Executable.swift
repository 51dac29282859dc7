import Glibc

/// This program's own file.
enum Executable {
    /// The path of another program in the same directory.
    static func neighbour(_ name: String) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return path.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/\(name)"
    }
}
