import Logging
import ServiceLifecycle
import UnixSignals

extension Daemon {
    /// Runs as a process does: until TERM, INT, HUP (the terminal of a pipe was closed) or the end of its input.
    ///
    /// - Throws: ``DaemonFailure``.
    package func runUntilSignalled() async throws {
        var groupLogger = logger
        // The group's own messages are about itself.
        groupLogger.logLevel = max(logger.logLevel, .warning)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    // The daemon ends by itself when its input does: that is a stop like any other.
                    .init(
                        service: self, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup)
                ],
                gracefulShutdownSignals: [.sigterm, .sigint, .sighup], logger: groupLogger))
        try await group.run()
    }
}
