import CFuzz
import Glibc
import NoBackTrackSystem

/// `NoBackTrackFuzz TARGET …`: with libFuzzer linked in, its arguments follow; without it files and directories, which
/// are taken apart one after the other.
@main
enum Fuzz {
    /// The one that was asked for; set once, before libFuzzer begins.
    nonisolated(unsafe) private static var target = FuzzTarget.auto

    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count > 1, let target = FuzzTarget(rawValue: arguments[1]) else {
            print("usage: NoBackTrackFuzz \(FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")) …")
            exit(64)
        }
        self.target = target
        if fuzz_is_there() {
            var rest: [UnsafeMutablePointer<CChar>?] = ([arguments[0]] + arguments.dropFirst(2)).map {
                strdup($0)
            }
            exit(
                fuzz_run(Int32(rest.count), &rest) { bytes, count in
                    Fuzz.target.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
                })
        }
        do {
            for path in arguments.dropFirst(2) { try replay(path) }
        } catch {
            print(error)
            exit(74)
        }
    }

    private static func replay(_ path: String) throws(SystemError) {
        let system = LinuxFileSystem()
        guard try system.status(at: path)?.kind == .directory else {
            return target.run(try DurableFile.read(path))
        }
        for name in try system.entries(of: path) { try replay("\(path)/\(name)") }
    }
}
