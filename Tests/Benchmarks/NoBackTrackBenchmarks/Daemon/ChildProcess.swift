import Glibc
import NoBackTrackSystem

/// Another program in a process of its own.
final class ChildProcess {
    let identifier: pid_t
    /// The end of its standard input that is written to; −1: it has none, or it was closed.
    private(set) var input: Int32
    /// The end of its standard output that is read from; −1: it goes nowhere.
    let output: Int32
    private var isRunning = true

    /// Starts a program. It runs on the processors that the calling thread may run on.
    ///
    /// - Parameters:
    ///   - command: its path and its arguments; a name without a slash is looked for.
    ///   - environment: added to ours.
    ///   - errors: the file that gets its standard error; ours does when nil.
    init(
        _ command: [String], environment: [String: String] = [:], hasInput: Bool = false,
        hasOutput: Bool = false, errors: String? = nil
    ) throws(SystemError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let inputEnds = hasInput ? try Self.pipe() : nil
        let outputEnds = hasOutput ? try Self.pipe() : nil
        if let inputEnds {
            posix_spawn_file_actions_adddup2(&actions, inputEnds.reader, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        if let outputEnds {
            posix_spawn_file_actions_adddup2(&actions, outputEnds.writer, 1)
        } else {
            posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        }
        if let errors {
            posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }
        for (name, value) in environment { setenv(name, value, 1) }
        defer { for name in environment.keys { unsetenv(name) } }
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var identifier = pid_t()
        let failure = posix_spawnp(&identifier, command[0], &actions, nil, arguments, environ)
        if let inputEnds { close(inputEnds.reader) }
        if let outputEnds { close(outputEnds.writer) }
        self.identifier = identifier
        input = inputEnds?.writer ?? -1
        output = outputEnds?.reader ?? -1
        guard failure == 0 else {
            isRunning = false
            throw SystemError(
                call: "posix_spawn", path: command[0], code: failure,
                advice: "build it first, in the same configuration, or say where it is")
        }
    }

    deinit {
        closeInput()
        if output >= 0 { close(output) }
        if isRunning {
            kill(identifier, SIGKILL)
            exitStatus()
        }
    }

    /// Ends its standard input.
    func closeInput() {
        if input >= 0 { close(input) }
        input = -1
    }

    /// Resident bytes now.
    var residentBytes: Int {
        let line = Machine.lines(of: "/proc/\(identifier)/status").first { $0.hasPrefix("VmRSS:") }
        let kilobytes = line?.split(separator: " ").compactMap { Int($0.filter(\.isNumber)) }.last
        return 1024 * (kilobytes ?? 0)
    }

    /// Waits for its end; the exit status, or minus the signal that ended it.
    @discardableResult
    func exitStatus() -> Int32 {
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
        isRunning = false
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
    }

    private static func pipe() throws(SystemError) -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw SystemError(call: "pipe", path: nil, code: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}
