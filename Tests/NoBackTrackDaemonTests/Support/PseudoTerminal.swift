import Glibc
import NoBackTrackSystem
import Synchronization

/// A terminal that the test plays the window of.
final class PseudoTerminal: Sendable {
    /// The device that a program takes for its terminal.
    let device: String
    private let window: Mutex<Int32>

    /// A terminal with an open window.
    init() throws {
        let descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        // TIOCSPTLCK and TIOCGPTN: macros that Swift does not import.
        var isLocked: Int32 = 0
        var number: Int32 = 0
        guard descriptor >= 0, ioctl(descriptor, 0x4004_5431, &isLocked) == 0,
            ioctl(descriptor, 0x8004_5430, &number) == 0
        else { throw SystemError(call: "open", path: "/dev/ptmx", code: errno) }
        device = "/dev/pts/\(number)"
        window = Mutex(descriptor)
    }

    deinit { hangUp() }

    /// Closes the window.
    func hangUp() {
        window.withLock { descriptor in
            if descriptor >= 0 { close(descriptor) }
            descriptor = -1
        }
    }
}
