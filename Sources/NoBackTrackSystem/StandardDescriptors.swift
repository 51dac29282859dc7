import Glibc

/// The descriptors 0, 1 and 2, which a program may be started without.
package enum StandardDescriptors {
    /// Opens `/dev/null` in the place of those that are closed, lest a socket or a checkpoint gets the number, and
    /// with it what is printed and logged. To be called before anything else is opened.
    package static func openMissing() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number, which is this one.
            guard open("/dev/null", O_RDWR) == descriptor else {
                // Whatever is said now may go where it does not belong. 74: reading or writing failed.
                _exit(74)
            }
        }
    }
}
