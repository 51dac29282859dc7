import Glibc
import NIOCore
import NIOPosix
import NoBackTrackTestSupport

/// The built `nobacktrack` program, or the daemon, as a child process.
struct ToolProcess {
    /// What is left of a process that has ended.
    struct Outcome {
        /// Exit status; a signal's number negated.
        var status: Int32
        var output: String
        var complaints: String
    }

    let identifier: pid_t
    private let output: Int32
    private let complaints: Int32

    /// Starts it.
    ///
    /// - Parameters:
    ///   - arguments: Those behind the program's name.
    ///   - environment: All of its environment but for what a sanitizer needs, `NAME=value`.
    ///   - unread: Whether nobody reads its standard output.
    ///   - program: Which of the programs.
    ///   - input: The file that its standard input comes from; nil: the tests' own.
    init(
        _ arguments: [String], environment: [String] = [], unread: Bool = false,
        program name: String = "nobacktrack", input: String? = nil
    ) throws {
        let (outputPipe, complaintsPipe) = (try Self.pipe(), try Self.pipe())
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, outputPipe[1], STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, complaintsPipe[1], STDERR_FILENO)
        if let input { posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input, O_RDONLY, 0) }
        // The sockets of other tests must not live on in this process.
        for descriptor in STDERR_FILENO + 1..<1024 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        if unread { close(outputPipe[0]) }

        // A test that was started in the background ignores Ctrl-C; the program must not.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for signal in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&defaults, signal) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))

        let program = try Self.path(of: name)
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        let passedOn = TestConditions.passedOn.map { "\($0.key)=\($0.value)" }
        let variables = (environment + passedOn).map { strdup($0) } + [nil]
        defer { for word in words + variables { free(word) } }
        var identifier: pid_t = 0
        let code = posix_spawn(&identifier, program, &actions, &attributes, words, variables)
        close(outputPipe[1])
        close(complaintsPipe[1])
        guard code == 0 else { throw IOError(errnoCode: code, reason: "posix_spawn \(program)") }
        self.identifier = identifier
        output = unread ? -1 : outputPipe[0]
        complaints = complaintsPipe[0]
    }

    /// Waits for the end and takes what it wrote.
    func outcome() async throws -> Outcome {
        let (identifier, output, complaints) = (identifier, output, complaints)
        // Threads of its own for three calls that block.
        let pool = NIOThreadPool(numberOfThreads: 3)
        pool.start()
        async let outputText = pool.runIfActive { Self.readToEnd(output) }
        async let complaintsText = pool.runIfActive { Self.readToEnd(complaints) }
        async let status = pool.runIfActive {
            var status: Int32 = 0
            while waitpid(identifier, &status, 0) == -1 && errno == EINTR {}
            return status
        }
        let (ending, text, complaint) = try await (status, outputText, complaintsText)
        try await pool.shutdownGracefully()
        let signal = ending & 0x7f
        return Outcome(
            status: signal == 0 ? (ending >> 8) & 0xff : -signal, output: text, complaints: complaint)
    }

    /// Starts it and waits for its end.
    static func run(
        _ arguments: [String], environment: [String] = [], unread: Bool = false,
        program: String = "nobacktrack", input: String? = nil
    ) async throws -> Outcome {
        try await ToolProcess(
            arguments, environment: environment, unread: unread, program: program, input: input
        ).outcome()
    }

    /// A read end and a write end that no other child inherits, not even one started at the same time.
    private static func pipe() throws -> [Int32] {
        var ends: [Int32] = [0, 0]
        let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue
        guard socketpair(AF_UNIX, Int32(type), 0, &ends) == 0 else {
            throw IOError(errnoCode: errno, reason: "socketpair")
        }
        return ends
    }

    /// The program lies beside the tests' own.
    private static func path(of program: String) throws -> String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count)
        guard count > 0 else { throw IOError(errnoCode: errno, reason: "readlink /proc/self/exe") }
        let executable = String(decoding: path.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return executable.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/\(program)"
    }

    private static func readToEnd(_ descriptor: Int32) -> String {
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count > 0 { bytes.append(contentsOf: buffer[..<count]) }
            if count == 0 || (count < 0 && errno != EINTR) { return String(decoding: bytes, as: UTF8.self) }
        }
    }
}

extension ToolProcess {
    /// Waits until the process no longer dies by a signal, but catches or holds it back: `SigCgt` or `SigIgn` of
    /// its `/proc/PID/status`.
    func untilItCatches(_ signal: Int32) async throws {
        let bit = UInt64(1) << UInt64(signal - 1)
        while true {
            var text = [CChar](repeating: 0, count: 8192)
            let file = open("/proc/\(identifier)/status", O_RDONLY | O_CLOEXEC)
            let count = read(file, &text, text.count)
            close(file)
            guard count > 0 else { throw IOError(errnoCode: ESRCH, reason: "the process has ended") }
            let status = String(decoding: text.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
            let masks = status.split(separator: "\n").filter {
                $0.hasPrefix("SigCgt:") || $0.hasPrefix("SigIgn:")
            }
            let caught = masks.compactMap { UInt64($0.dropFirst(8), radix: 16) }.reduce(0, |)
            if caught & bit != 0 { return }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
