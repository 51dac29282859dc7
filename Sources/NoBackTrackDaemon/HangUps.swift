import NoBackTrackSystem
import ServiceLifecycle
import UnixSignals

/// What HUP means: that the configuration is to be read again, unless it is the terminal that has hung up.
struct HangUps: Service {
    let daemon: Daemon

    func run() async throws {
        // Whoever closes the window in which a pipe runs wants it to end.
        let hadTerminal = ControllingTerminal.isThere
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            if hadTerminal, !ControllingTerminal.isThere { daemon.stop() } else { daemon.reload() }
        }
    }
}
