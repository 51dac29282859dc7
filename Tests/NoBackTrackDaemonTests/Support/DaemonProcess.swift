import Glibc
import NoBackTrackSystem
import NoBackTrackTestSupport
import Synchronization

/// The real binary in a process of its own, with pipes for standard input, output and error.
final class DaemonProcess: Sendable {
    /// What is left of a process.
    struct Outcome: Sendable {
        /// The exit code; minus the signal's number when a signal ended it.
        var code: Int32
        var output: String
        var errors: String
    }

    let identifier: pid_t
    private let input: Mutex<Int32>
    private let output: Int32
    private let errors: Int32
    private let pending = Mutex<[UInt8]>([])
    /// Of the log, what follows the last text that was waited for.
    private let logPending = Mutex<[UInt8]>([])

    /// The binary, beside the test bundle.
    private static let program: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return path.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/nobacktrackd"
    }()

    /// Starts it with its sockets and state in the directory.
    ///
    /// - Parameters:
    ///   - readsInput: false: `/dev/null` in the place of standard input.
    ///   - terminal: device in the place of standard input, that is to be its controlling terminal; nil: none is.
    ///   - closesDescriptors: has a shell start it with standard input, output and error closed.
    init(
        in directory: TemporaryDirectory, _ arguments: [String] = [], environment: [String: String] = [:],
        readsInput: Bool = true, terminal: String? = nil, closesDescriptors: Bool = false
    ) throws {
        func pair() throws -> (reader: Int32, writer: Int32) {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { throw SystemError(call: "pipe", path: nil, code: errno) }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return (ends[0], ends[1])
        }
        let (input, output, errors) = (try pair(), try pair(), try pair())
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let terminal {
            posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR | O_NOCTTY, 0)
        } else if readsInput {
            posix_spawn_file_actions_adddup2(&actions, input.reader, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, output.writer, 1)
        posix_spawn_file_actions_adddup2(&actions, errors.writer, 2)
        var variables = [
            "PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": directory.path,
            "XDG_STATE_HOME": directory.file("state"), "SWIFT_BACKTRACE": "enable=no",
        ]
        variables.merge(TestConditions.passedOn) { _, new in new }
        variables.merge(environment) { _, new in new }
        var command = [Self.program] + arguments
        if closesDescriptors {
            command = ["/bin/sh", "-c", #"exec "$0" "$@" <&- >&- 2>&-"#] + command
        } else if terminal != nil {
            command = ["/usr/bin/setsid", "--ctty"] + command
        }
        var argumentPointers: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
        var variablePointers: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0)=\($1)") }
        argumentPointers.append(nil)
        variablePointers.append(nil)
        defer { for pointer in argumentPointers + variablePointers { free(pointer) } }
        var identifier = pid_t()
        let failure = posix_spawn(
            &identifier, command[0], &actions, nil, argumentPointers, variablePointers)
        for end in [input.reader, output.writer, errors.writer] { close(end) }
        guard failure == 0 else {
            for end in [input.writer, output.reader, errors.reader] { close(end) }
            throw SystemError(
                call: "posix_spawn", path: Self.program, code: failure,
                advice: "build the product nobacktrackd first")
        }
        self.identifier = identifier
        self.input = Mutex(input.writer)
        self.output = output.reader
        self.errors = errors.reader
    }

    deinit {
        closeInput()
        close(output)
        close(errors)
    }

    /// Writes to its standard input.
    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// Writes to its standard input.
    func send(_ bytes: [UInt8]) async throws {
        let descriptor = input.withLock { $0 }
        try await offPool {
            signal(SIGPIPE, SIG_IGN)
            try DurableFile.writeAll(
                bytes, to: OpenFile(descriptor: descriptor, path: "standard input"), using: LinuxFileSystem())
        }
    }

    /// Ends its standard input.
    func closeInput() {
        input.withLock { descriptor in
            if descriptor >= 0 { close(descriptor) }
            descriptor = -1
        }
    }

    /// Reads no more of its standard output.
    func closeOutput() {
        // Keeps the number taken, so that closing it again hits nobody else's file.
        let other = open("/dev/null", O_RDONLY | O_CLOEXEC)
        dup2(other, output)
        close(other)
    }

    /// The next line of its standard output; nil at the end.
    func line() async throws -> String? {
        try await offPool { [self] in
            while true {
                let line = pending.withLock { pending -> String? in
                    guard let end = pending.firstIndex(of: 10) else { return nil }
                    defer { pending.removeSubrange(...end) }
                    return String(decoding: pending[..<end], as: UTF8.self)
                }
                if let line { return line }
                guard let chunk = try Self.chunk(output) else { return nil }
                pending.withLock { $0 += chunk }
            }
        }
    }

    /// Waits until its log has the text, behind what was waited for before.
    func logged(_ text: String) async throws {
        try await offPool { [self] in
            var seen = String(decoding: logPending.withLock { $0 }, as: UTF8.self)
            while true {
                if let place = seen.firstRange(of: text) {
                    return logPending.withLock { $0 = Array(seen[place.upperBound...].utf8) }
                }
                guard let chunk = try Self.chunk(errors) else {
                    throw Timeout("'\(text)' in the log: \(seen)")
                }
                seen += String(decoding: chunk, as: UTF8.self)
            }
        }
    }

    /// Sends a signal.
    func kill(_ signal: Int32) { Glibc.kill(identifier, signal) }

    /// Waits for its end.
    func outcome() async throws -> Outcome {
        async let errorText = offPool { [self] in try logPending.withLock { $0 } + Self.rest(errors) }
        let outputText = try await offPool { [self] in
            try pending.withLock { $0 } + Self.rest(output)
        }
        let errorBytes = try await errorText
        let code = try await offPool { [identifier] in
            var status: Int32 = 0
            guard waitpid(identifier, &status, 0) == identifier else {
                throw SystemError(call: "waitpid", path: nil, code: errno)
            }
            return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
        }
        return Outcome(
            code: code, output: String(decoding: outputText, as: UTF8.self),
            errors: String(decoding: errorBytes, as: UTF8.self))
    }

    private static func rest(_ descriptor: Int32) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let chunk = try chunk(descriptor) { bytes += chunk }
        return bytes
    }

    private static func chunk(_ descriptor: Int32) throws -> [UInt8]? {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&request, 1, UnixClient.deadlineMilliseconds) == 1 else { throw Timeout("output") }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = read(descriptor, &chunk, chunk.count)
        return count > 0 ? Array(chunk[..<count]) : nil
    }
}
