import Glibc
import NoBackTrackSystem
import NoBackTrackTestSupport

/// A daemon with its state and its sockets in a directory that goes when it does.
final class DaemonUnderTest {
    private let directory: TemporaryDirectory
    private let process: ChildProcess
    private let control: LineChannel

    /// Starts a daemon and waits until it can be asked.
    ///
    /// - Parameters:
    ///   - program: its path.
    ///   - cores: the processors it may run on; nil: all of ours.
    ///   - options: further ones.
    ///   - environment: keys that have no option.
    init(
        _ program: String, cores: [Int]? = nil, _ options: [String] = [],
        environment: [String: String] = [:]
    ) throws {
        directory = try TemporaryDirectory()
        let command =
            [
                program, "--state-directory", directory.file("state"), "--ingest-socket",
                directory.file("ingest.sock"), "--predict-socket", directory.file("predict.sock"),
                "--checkpoint-interval-seconds", "0", "--log-level", "warning", "--on-eof", "exit",
            ] + options
        if let cores { Machine.pin(to: cores) }
        defer { if cores != nil { Machine.pin(to: Machine.cores) } }
        // It always has an input, whose end ends it, however this program ends.
        process = try ChildProcess(
            command, environment: environment, hasInput: true, errors: directory.file("log"))
        do throws(SystemError) {
            control = try LineChannel(connectingTo: directory.file("predict.sock"))
        } catch {
            let log = Machine.lines(of: directory.file("log")).joined(separator: "\n")
            throw BenchmarkError("\(error)\n\(log)")
        }
    }

    /// A new connection that samples go to.
    func connectIngest() throws(SystemError) -> LineChannel {
        try LineChannel(connectingTo: directory.file("ingest.sock"))
    }

    /// A new connection that questions go to.
    func connectPredict() throws(SystemError) -> LineChannel {
        try LineChannel(connectingTo: directory.file("predict.sock"))
    }

    /// Writes to its standard input.
    func send(_ bytes: [UInt8]) throws(SystemError) {
        try DurableFile.writeAll(
            bytes, to: OpenFile(descriptor: process.input, path: "to the daemon"), using: LinuxFileSystem())
    }

    /// Waits until all that was sent is learned.
    func flush() throws {
        let answer = try control.ask(#"{"op":"flush"}"#)
        guard answer.contains(#""ok":true"#) else { throw BenchmarkError("flush: \(answer)") }
    }

    /// How many samples it has learned from in all.
    func learnedSamples() throws -> Int {
        let status = try control.ask(#"{"op":"status"}"#)
        guard let samples = JSONField.number("samples", in: status.utf8[...]) else {
            throw BenchmarkError("status: \(status)")
        }
        return Int(samples)
    }

    /// Resident bytes now.
    var residentBytes: Int { process.residentBytes }
}

/// Something did not go as a measurement needs it.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Single fields of JSON lines that are known well enough to be searched as text.
enum JSONField {
    /// The whole number that is the first field of this name.
    static func number<Bytes: Collection<UInt8>>(_ name: String, in line: Bytes) -> UInt64? {
        let key = Array("\"\(name)\":".utf8)
        guard let start = line.firstRange(of: key)?.upperBound else { return nil }
        var value: UInt64?
        for byte in line[start...] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { break }
            value = (value ?? 0) * 10 + UInt64(byte - UInt8(ascii: "0"))
        }
        return value
    }
}
