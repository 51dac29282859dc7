import Logging
import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackWire

extension LearningLoop {
    /// Brings a stream to memory: from its checkpoint, or new with the kind and the channels of the layout.
    ///
    /// - Throws: ``RouteRefusal`` when there can be no such stream or no room for it.
    func open(_ name: String, _ layout: SampleLayout) async throws(RouteRefusal) {
        do throws(StreamNameError) { _ = try StreamDirectoryName.encode(name) } catch {
            throw RouteRefusal(.badStreamName, "\(error)")
        }
        let configuration = settings.configuration.stream(named: name)
        if !hasDormantStreams {
            // Everything on disk is in memory: the stream is new.
            let stream = try fresh(name, layout, configuration)
            if hasRoom(for: stream.memoryBytes) { return insert(stream) }
        }
        do throws(SystemError) {
            if let stored = try await writer.load(name) {
                try await restore(stored.checkpoint, path: stored.path, configuration)
                if streams[name] != nil { return }
            }
        } catch {
            throw RouteRefusal(.tooManyStreams, "stream '\(name)' cannot be read back: \(error)")
        }
        let stream = try fresh(name, layout, configuration)
        do throws(SystemError) { try await makeRoom(for: stream.memoryBytes) } catch {
            throw RouteRefusal(.tooManyStreams, "no stream can leave memory for '\(name)': \(error)")
        }
        insert(stream)
    }

    private func fresh(
        _ name: String, _ layout: SampleLayout, _ configuration: StreamConfiguration
    ) throws(RouteRefusal) -> LearningStream {
        switch layout.kind {
        case .numbers: try freshNumbers(name, layout, configuration)
        case .symbols: try freshSymbols(name, configuration)
        }
    }

    private func freshSymbols(
        _ name: String, _ configuration: StreamConfiguration
    ) throws(RouteRefusal) -> LearningStream {
        let bytes = SymbolLearner.memoryBytes(
            configuration: configuration.learner, alphabetCount: configuration.alphabet.count)
        try checkSize(bytes, of: "symbol stream '\(name)'")
        logger.info("A stream of symbols begins", metadata: ["stream": "\(name)"])
        return LearningStream(
            symbolsOf: name, configuration: configuration, now: Clocks.monotonicNanoseconds())
    }

    private func checkSize(_ bytes: Int, of stream: String) throws(RouteRefusal) {
        guard bytes <= settings.maxMemoryBytes else {
            throw RouteRefusal(
                .tooManyStreams,
                "\(stream) would take \(bytes) bytes; streams.maxMemoryBytes is \(settings.maxMemoryBytes)")
        }
    }

    private func freshNumbers(
        _ name: String, _ layout: SampleLayout, _ configuration: StreamConfiguration
    ) throws(RouteRefusal) -> LearningStream {
        var channels = layout.channels
        switch configuration.channels {
        case .found: break
        case .named(let names): channels = names
        case .count(let count):
            guard channels.count == count else {
                throw RouteRefusal(
                    .wrongChannelCount, "\(channels.count) channels; learner.channels says \(count)")
            }
        }
        guard !channels.isEmpty else {
            throw RouteRefusal(.wrongChannelCount, "a sample without a single channel")
        }
        let targetCount = configuration.targets.isEmpty ? channels.count : configuration.targets.count
        let bytes = StreamLearner.memoryBytes(
            configuration: configuration.learner, channelCount: channels.count, targetCount: targetCount)
        try checkSize(bytes, of: "stream '\(name)' with \(channels.count) channels")
        // Before the stream exists: a sample that does not fit creates nothing.
        _ = try SampleRoute(layout, to: name, channels: channels)
        let now = Clocks.monotonicNanoseconds()
        guard
            let stream = LearningStream(
                name: name, channels: channels, configuration: configuration, now: now)
        else {
            throw RouteRefusal(
                .unknownChannel,
                "stream '\(name)' lacks one of the targets \(configuration.targets.joined(separator: ", "))")
        }
        logger.info(
            "A stream begins", metadata: ["stream": "\(name)", "channels": "\(channels.count)"])
        return stream
    }

    private func restore(
        _ checkpoint: Checkpoint, path: String, _ configuration: StreamConfiguration
    ) async throws(SystemError) {
        let stream: LearningStream
        do throws(StateError) {
            stream = try LearningStream(
                checkpoint, path: path, configuration: configuration, now: Clocks.monotonicNanoseconds())
        } catch {
            // Found while running: there is no user to ask, and nothing is lost under another name.
            let paths = try await writer.setAside(checkpoint.stream)
            logger.error(
                "A stream's state does not fit the configuration and was set aside; the stream begins anew",
                metadata: ["stream": "\(checkpoint.stream)", "reason": "\(error)", "paths": "\(paths)"])
            return
        }
        try await makeRoom(for: stream.memoryBytes)
        insert(stream)
    }

    private func insert(_ stream: LearningStream) {
        if let order = learningOrders.removeValue(forKey: stream.name) { stream.learner.isLearning = order }
        stream.lastFed = samples
        stream.subscribers = (detachedSubscribers.removeValue(forKey: stream.name) ?? []) + waitingSubscribers
        waitingSubscribers = []
        streams[stream.name] = stream
        memoryBytes += stream.memoryBytes
    }

    private func hasRoom(for bytes: Int) -> Bool {
        streams.count < settings.maxStreams && memoryBytes + bytes <= settings.maxMemoryBytes
    }

    /// Sends least recently fed streams to disk until another one fits.
    private func makeRoom(for bytes: Int) async throws(SystemError) {
        while !hasRoom(for: bytes) {
            guard let oldest = streams.values.min(by: { $0.lastFed < $1.lastFed }) else { return }
            if oldest.isDirty {
                // Fed while it is being written, it is not the least recently fed any more.
                try await save(oldest)
                continue
            }
            if !oldest.subscribers.isEmpty { detachedSubscribers[oldest.name] = oldest.subscribers }
            streams[oldest.name] = nil
            memoryBytes -= oldest.memoryBytes
            hasDormantStreams = true
            logger.debug("A stream left memory", metadata: ["stream": "\(oldest.name)"])
        }
    }

    /// Writes a stream's checkpoint while learning goes on.
    ///
    /// - Throws: the system call that failed.
    @discardableResult
    func save(_ stream: LearningStream) async throws(SystemError) -> CheckpointStatus {
        let snapshot = stream.snapshot
        stream.requestedStep = snapshot.learner.stepCount
        let status = try await writer.save(snapshot)
        // Of two saves under way the later one may have come first.
        if (stream.lastCheckpoint?.step ?? 0) <= status.step {
            stream.lastCheckpoint = status
            stream.savedIsLearning = snapshot.learner.isLearning
        }
        return status
    }

    /// Writes the stream's checkpoint if it is in memory and has learned since the last one.
    ///
    /// - Throws: the system call that failed.
    func saveIfDirty(_ name: String) async throws(SystemError) {
        guard let stream = streams[name], stream.isDirty else { return }
        try await save(stream)
    }

    /// The streams that have learned since their last checkpoint.
    var dirtyStreams: [String] {
        streams.values.filter(\.isDirty).map(\.name).sorted()
    }

    /// Loads the streams on disk, as many as may be in memory.
    ///
    /// - Throws: ``DaemonFailure`` when one of them does not fit the configuration or cannot be read.
    func restoreStored() async throws(DaemonFailure) {
        var found: [(checkpoint: Checkpoint, path: String)] = []
        do throws(SystemError) {
            let names = try await writer.storedStreams()
            hasDormantStreams = names.count > settings.maxStreams
            for name in names.prefix(settings.maxStreams) {
                guard let stored = try await writer.load(name) else { continue }
                found.append(stored)
            }
        } catch {
            throw DaemonFailure(.inputOutput, "the state cannot be read: \(error)")
        }
        for stored in found { try adopt(stored.checkpoint, path: stored.path) }
    }

    private func adopt(_ checkpoint: Checkpoint, path: String) throws(DaemonFailure) {
        let name = checkpoint.stream
        do throws(StateError) {
            let stream = try LearningStream(
                checkpoint, path: path, configuration: settings.configuration.stream(named: name),
                now: Clocks.monotonicNanoseconds())
            guard hasRoom(for: stream.memoryBytes) else {
                // It waits on disk for its next sample.
                hasDormantStreams = true
                return
            }
            insert(stream)
            logger.info(
                "A stream goes on from its checkpoint",
                metadata: ["stream": "\(name)", "step": "\(checkpoint.step)"])
        } catch {
            throw DaemonFailure(
                .unusableData,
                "the state of stream '\(name)' does not fit the configuration: \(error). It was learned with "
                    + "\(checkpoint.configuration); restore that, or move \(path) and its older generations away "
                    + "to begin anew")
        }
    }
}
