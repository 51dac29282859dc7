import Glibc
import Synchronization

/// The standard input as a source of samples: a blocking read that another thread can end.
package final class StandardInput: Sendable {
    /// What the descriptor is connected to.
    package enum Kind: Sendable, Equatable {
        case pipe, socket, file
        /// A device that gives data by itself, such as a serial line.
        case device
        /// A person's terminal.
        case terminal
        /// Nothing that could ever give a byte: closed, `/dev/null`, a directory.
        case none

        /// Whether samples may be expected from it without being asked to type them.
        package var isSource: Bool {
            switch self {
            case .pipe, .socket, .file, .device: true
            case .terminal, .none: false
            }
        }
    }

    /// What the input is connected to, as found when this value was made.
    package let kind: Kind
    private let descriptor: Int32
    private let pipe: WakePipe
    private let cancelled = Atomic(false)

    /// The input on the given descriptor, which is not closed and whose flags, perhaps shared with other
    /// processes, are not changed.
    ///
    /// - Throws: when no pipe can be made.
    package init(descriptor: Int32 = STDIN_FILENO) throws(SystemError) {
        self.descriptor = descriptor
        kind = Self.kind(of: descriptor)
        pipe = try WakePipe()
    }

    /// Waits for input and puts what is there at the start of the buffer.
    ///
    /// One thread reads at a time; it blocks, so give it one of its own.
    ///
    /// - Returns: how many bytes; 0 at the end of input, always after ``cancel()``, and for an empty buffer.
    /// - Throws: the call that failed.
    package func read(into buffer: inout [UInt8]) throws(SystemError) -> Int {
        while true {
            var requests = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: pipe.reader, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&requests, 2, -1) >= 0 else {
                if errno == EINTR { continue }
                throw .last("poll", "standard input")
            }
            if requests[1].revents != 0 { return 0 }
            let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 { return count }
            // EAGAIN: another reader of the same pipe was faster.
            if errno != EINTR && errno != EAGAIN { throw .last("read", "standard input") }
        }
    }

    /// Ends the read that waits and every later one. May be called from any thread, more than once.
    package func cancel() {
        guard !cancelled.exchange(true, ordering: .relaxed) else { return }
        pipe.wake()
    }

    /// Whether ``cancel()`` has been called, so that an end of input can be told from a stop.
    package var isCancelled: Bool {
        cancelled.load(ordering: .relaxed)
    }

    private static func kind(of descriptor: Int32) -> Kind {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return .none }
        switch status.st_mode & S_IFMT {
        case S_IFIFO: return .pipe
        case S_IFSOCK: return .socket
        case S_IFREG: return .file
        case S_IFCHR:
            let major = (status.st_rdev >> 8) & 0xfff
            let minor = status.st_rdev & 0xff
            if major == 1, minor == 3 { return .none }  // /dev/null
            guard isatty(descriptor) == 1 else { return .device }
            // A serial line is a terminal to the kernel too, but nobody types there: pseudo-terminals
            // (136…143) and consoles (4:0…63, 5) are for people, and so is the one this session runs on.
            let isForPeople =
                (136...143).contains(major) || (major == 4 && minor < 64) || major == 5
                || tcgetsid(descriptor) == getsid(0)
            return isForPeople ? .terminal : .device
        case S_IFBLK: return .device
        default: return .none
        }
    }
}
