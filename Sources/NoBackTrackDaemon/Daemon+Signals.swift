import Logging
import ServiceLifecycle
import UnixSignals

extension Daemon {
    /// Runs as a process does: until TERM, INT, a HUP with which its terminal goes, or the end of its input; any other HUP
    /// has the configuration read again.
    ///
    /// - Throws: ``DaemonFailure``.
    package func runUntilSignalled() async throws {
        var groupLogger = logger
        // The group's own messages are about itself.
        groupLogger.logLevel = max(logger.logLevel, .warning)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: HangUps(daemon: self)),
                    // The daemon ends by itself when its input does: that is a stop like any other.
                    .init(
                        service: self, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: groupLogger))
        try await group.run()
    }
}
