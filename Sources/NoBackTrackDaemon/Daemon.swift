package import Logging
import NIOPosix
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackWire
import ServiceLifecycle
import Synchronization

/// The daemon: its parts, the order in which they start, and the order in which they stop.
///
///     standard input ─┐                              ┌─ LearningThread ─┐    ┌─ LinePrinter ── standard output
///     ingest socket ──┴─ SampleReader ─ LearningLoop ┼─ LearningThread ─┼────┤
///                                            │       └─ …               │    └─ StreamFeed ─ EventPublisher
///                                      stream opening                   │                        │
///                                            └── CheckpointWriter ──────┘                   EventMailbox
///                                                      │                                         │
///                                               state directory                            predict socket
///
/// Threads: one that reads and parses the ingest socket, as many as there are processors that learn, one that knows
/// where the streams are, one that publishes and serves the predict socket, one that writes checkpoints, and one each
/// that waits for connections, for standard input and for standard output.
package final class Daemon: Service {
    let configuration: DaemonConfiguration
    let environment: DaemonEnvironment
    let logger: Logger
    let stopSignal = StopSignal()
    /// That the configuration is to be read again; many wishes at a time are one.
    let reloadRequests: AsyncStream<Void>
    let reloadRequested: AsyncStream<Void>.Continuation

    /// A daemon that does nothing before ``run()``.
    package init(configuration: DaemonConfiguration, environment: DaemonEnvironment, logger: Logger) {
        self.configuration = configuration
        self.environment = environment
        self.logger = logger
        (reloadRequests, reloadRequested) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Has ``run()`` come to its end, as TERM does.
    package func stop() { stopSignal.give(.asked) }

    /// Runs until it is asked to stop or its input has ended; then everything that had arrived is learned and on disk.
    ///
    /// - Throws: ``DaemonFailure``.
    package func run() async throws {
        let failure = await withGracefulShutdownHandler {
            do throws(DaemonFailure) {
                try await runUntilStopped()
                return nil as DaemonFailure?
            } catch {
                return error
            }
        } onGracefulShutdown: {
            self.stopSignal.give(.asked)
        }
        if let failure { throw failure }
    }

    private func runUntilStopped() async throws(DaemonFailure) {
        StandardOutput.ignoreSIGPIPE()
        // Start: state, sockets, learner.
        let directory = try environment.stateDirectory(configuration)
        let rights = try ControlRights(group: configuration.predict.controlGroup)
        let lock: DirectoryLock
        let input: StandardInputSource
        let sockets: DaemonSockets
        do throws(SystemError) {
            lock = try DirectoryLock(directory: directory, using: environment.fileSystem)
            input = try StandardInputSource(descriptor: environment.standardInput, logger: logger)
            sockets = try DaemonSockets(
                configuration, environment, readsInput: input.kind.isSource, logger: logger)
        } catch {
            throw DaemonFailure(.inputOutput, "\(error)")
        }
        defer {
            sockets.removeFiles()
            lock.release()
        }
        let threads = DaemonThreads(learners: configuration.streams.learningThreads)
        let result: Result<Void, DaemonFailure>
        do throws(DaemonFailure) {
            try await run(
                directory: directory, lock: lock, rights: rights, input: input, sockets: sockets,
                threads: threads)
            result = .success(())
        } catch { result = .failure(error) }
        await threads.shutDown()
        try result.get()
    }

    private func run(
        directory: String, lock: DirectoryLock, rights: ControlRights, input: StandardInputSource,
        sockets: DaemonSockets,
        threads: DaemonThreads
    ) async throws(DaemonFailure) {
        let printer = makePrinter()
        let learners = Array(threads.learning.makeIterator())
        let publisher = EventPublisher(eventLoop: threads.publishing.next(), learners: learners.count)
        let storage = StorageWatch(
            policy: configuration.checkpoint.onStorageFailure, logger: logger,
            stop: { [stopSignal] in stopSignal.give(.failed($0)) })
        let journal = Journal(
            store: JournalStore(stateDirectory: directory, fileSystem: environment.fileSystem),
            segmentBytes: configuration.journal.segmentBytes)
        let keeper = JournalKeeper(
            journal: journal, lock: lock, configuration: configuration.journal, storage: storage,
            eventLoop: threads.journal.next(), logger: logger)
        let learning = LearningLoop(
            settings: LearningSettings(configuration: configuration),
            writer: CheckpointWriter(
                store: CheckpointStore(stateDirectory: directory, fileSystem: environment.fileSystem),
                journal: journal, storage: storage, eventLoop: threads.disk.next(), logger: logger),
            keeper: keeper, storage: storage, printer: printer, publisher: publisher, eventLoops: learners,
            eventLoop: threads.streams.next(), logger: logger)
        // Checkpoints, then what the journal has after them, is where everything goes on.
        let progress = ServiceProgress()
        try await learning.restoreStored(progress)
        try await learning.replayJournal(progress)
        await keeper.start()

        let sources = IngestSources()
        let left = LeftConnections()
        let schedule = CheckpointSchedule(
            learning: learning, intervalSeconds: configuration.checkpoint.intervalSeconds, logger: logger)
        let ingest: IngestServer?
        let predict: PredictServer
        do throws(SystemError) {
            ingest = try sockets.ingest.map { socket throws(SystemError) in
                try IngestServer(
                    socket: socket, configuration: configuration.ingest, sources: sources, learning: learning,
                    left: left, group: threads.sockets, logger: logger)
            }
            predict = try PredictServer(
                socket: sockets.predict, configuration: configuration.predict, rights: rights,
                sources: sources, learning: learning, publisher: publisher, left: left,
                group: threads.publishing, logger: logger)
        } catch {
            throw DaemonFailure(.inputOutput, "\(error)")
        }

        // Subscribers before producers: nothing is learned that they do not get.
        await resume(ingest, predict)
        var reason = StopSignal.Reason.asked
        var failure: DaemonFailure?
        await withDiscardingTaskGroup { background in
            background.addTask { await schedule.run() }
            background.addTask { await keeper.run(schedule) }
            background.addTask { [stopSignal] in
                await ServiceReports(learning: learning, isStopping: { stopSignal.isGiven }).run()
            }
            if let watch = environment.memoryPressure {
                background.addTask { [logger] in
                    await MemoryPressure(watch: watch, learning: learning, logger: logger).run()
                }
            }
            await withDiscardingTaskGroup { clients in
                clients.addTask { await predict.run() }
                await withDiscardingTaskGroup { producers in
                    if let ingest { producers.addTask { await ingest.run() } }
                    if input.kind.isSource {
                        producers.addTask {
                            await self.read(input, sources, learning, isOnlySource: ingest == nil)
                        }
                    }
                    announce(sockets, input)
                    background.addTask {
                        await self.serveReloads(
                            ReloadableParts(
                                learning: learning, keeper: keeper, storage: storage, schedule: schedule,
                                ingest: ingest, predict: predict))
                    }

                    reason = await stopSignal.wait()
                    failure = end(reason)

                    // Stop: no new connections, then what has arrived is learned, then the sources end.
                    ServiceManager.notify("STOPPING=1\nSTATUS=learning what has arrived")
                    background.addTask { await progress.follow(.draining) { learning.samples } }
                    background.addTask { [printer] in
                        guard (try? await Task.sleep(for: .seconds(10))) != nil else { return }
                        // Whoever reads standard output has stopped reading: lines are given up, learning is not.
                        printer?.abandon()
                    }
                    let keeps = keepsConnections(reason)
                    // Those who ask first: whatever they hear from now on, they hear from the next daemon.
                    if keeps { await predict.halt() }
                    await ingest?.stopAccepting()
                    // Who waits for storage to recover waits in vain.
                    storage.giveUp()
                    await sources.drain()
                    await sources.end()
                    input.cancel()
                    await ingest?.closeConnections(keeps: keeps)
                }
                await printer?.end()
                if let lines = printer?.abandonedLines, lines > 0 {
                    failure =
                        failure
                        ?? DaemonFailure(
                            .inputOutput,
                            "standard output is not read: \(lines) forecasts of learned samples were given up"
                        )
                }
                if reason == .endOfInput, ingest == nil, let unusable = learning.unusableInput {
                    failure = failure ?? unusable
                }
                // Nothing is learned any more: the last events are out, the last checkpoints complete.
                await publisher.flush()
                if let error = await schedule.save(await learning.dirtyStreams, progress) {
                    failure =
                        failure
                        ?? DaemonFailure(.inputOutput, "the last checkpoints are incomplete: \(error)")
                }
                await predict.shutDown()
            }
            // Where something could not be stored, whoever sends is to know, and to send again.
            leave(left.take(), isComplete: failure == nil)
            background.cancelAll()
        }
        let samples = learning.samples
        logger.log(.stopped, metadata: ["samples": "\(samples)"])
        if let failure { throw failure }
    }
}
