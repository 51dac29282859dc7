import CBenchmarks
import Glibc
import NoBackTrackSystem

/// The machine that the figures are of.
enum Machine {
    /// Processors that this program may run on.
    static let cores: [Int] = {
        var cores = [Int32](repeating: 0, count: 1024)
        let count = scheduling_get_cores(&cores, Int32(cores.count))
        return cores[..<Int(count)].map(Int.init)
    }()

    /// What processor it is, how many cores, what is in use of its instructions.
    static var description: String {
        let model = lines(of: "/proc/cpuinfo").first {
            $0.hasPrefix("model name") || $0.hasPrefix("CPU part")
        }
        let name =
            model?.split(separator: ":").last.map { String($0.drop { $0 == " " }) } ?? "unknown processor"
        return "\(name), \(cores.count) cores in use, \(String(cString: roofline_instruction_set()))"
    }

    /// Has the calling thread, and what it starts from now on, run on these processors only.
    static func pin(to cores: [Int]) {
        // Found before they are restricted.
        _ = Self.cores
        scheduling_set_cores(cores.map(Int32.init), Int32(cores.count))
    }

    /// A small text file's lines; none when it cannot be read.
    static func lines(of path: String) -> [Substring] {
        guard let file = fopen(path, "re") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }
}
