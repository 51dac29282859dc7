import Glibc

/// The terminal that the process was started from.
package enum ControllingTerminal {
    /// Whether there is one. There is none any more once its window was closed or its line hung up.
    package static var isThere: Bool {
        let descriptor = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        close(descriptor)
        return true
    }
}
