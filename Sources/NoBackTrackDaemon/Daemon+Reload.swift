import Logging
import NoBackTrackSystem

extension Daemon {
    /// The parts that another configuration can be told to.
    struct ReloadableParts: Sendable {
        let learning: LearningLoop
        let keeper: JournalKeeper
        let storage: StorageWatch
        let schedule: CheckpointSchedule
        let ingest: IngestServer?
        let predict: PredictServer
    }

    /// Has the configuration read again, once the daemon serves; what cannot be used changes nothing.
    package func reload() { reloadRequested.yield() }

    /// Reads the configuration again as often as that is asked for, until it is cancelled.
    func serveReloads(_ parts: ReloadableParts) async {
        var current = configuration
        for await _ in reloadRequests {
            // Whoever takes over reads it for itself.
            if stopSignal.isGiven { return }
            // The service manager wants to know since when, to tell this answer from an earlier one.
            ServiceManager.notify(
                "RELOADING=1\nMONOTONIC_USEC=\(Clocks.monotonicNanoseconds() / 1000)\n"
                    + "STATUS=reading the configuration again")
            await reload(&current, parts)
            let status = await parts.learning.statusLine
            if stopSignal.isGiven { return }
            ServiceManager.notify("READY=1\nSTATUS=\(status)")
        }
    }

    private func reload(_ current: inout DaemonConfiguration, _ parts: ReloadableParts) async {
        guard let loadConfiguration = environment.loadConfiguration else { return }
        let change: ConfigurationChange
        let rights: ControlRights
        do {
            change = ConfigurationChange(from: current, to: try await loadConfiguration())
            rights = try ControlRights(group: change.configuration.predict.controlGroup)
        } catch {
            logger.log(
                .configurationKept, metadata: ["reason": "\(error)"])
            return
        }
        current = change.configuration
        await apply(current, rights, to: parts)
        if !change.refused.isEmpty {
            logger.log(
                .keysNeedRestart, metadata: ["keys": "\(change.refused.joined(separator: " "))"])
        }
        logger.log(
            .configurationReloaded,
            metadata: [
                "changed": "\(change.changed.isEmpty ? "nothing" : change.changed.joined(separator: " "))"
            ])
    }

    private func apply(
        _ configuration: DaemonConfiguration, _ rights: ControlRights, to parts: ReloadableParts
    ) async {
        environment.logSettings.change(to: configuration)
        parts.storage.setPolicy(configuration.checkpoint.onStorageFailure)
        parts.schedule.setInterval(seconds: configuration.checkpoint.intervalSeconds)
        parts.ingest?.apply(configuration.ingest)
        parts.predict.apply(configuration.predict, rights)
        await parts.keeper.apply(configuration.journal)
        do throws(SystemError) {
            try await parts.learning.apply(LearningSettings(configuration: configuration))
        } catch {
            logger.log(
                .streamsStay, metadata: ["error": "\(error)"])
        }
    }
}
