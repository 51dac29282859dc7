import Logging
import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackWire

extension LearningLoop {
    /// Brings the stream of a record to memory and has the record learned, before anything can have it leave again.
    ///
    /// - Returns: the thread that has the stream.
    /// - Throws: ``RouteRefusal`` when there can be no such stream or no room for it.
    func open(
        _ place: Int, of batch: SampleBatch, from source: UInt64
    ) async throws(RouteRefusal) -> (thread: Int, learned: LearnedPart) {
        while true {
            let opened = try await tryToOpen(place, of: batch, from: source)
            if opened.learned.untaken == 0 { return opened }
            // Outside: who subscribes or orders something need not wait for the disk.
            guard await storage.recovered() else { return opened }
        }
    }

    private func tryToOpen(
        _ place: Int, of batch: SampleBatch, from source: UInt64
    ) async throws(RouteRefusal) -> (thread: Int, learned: LearnedPart) {
        await opening.enter()
        defer { opening.leave() }
        let record = batch.records[place]
        let layout = batch.layouts[record.layout]
        let name = layout.stream ?? settings.defaultStream
        if residents[name] == nil {
            if layout.kind == .symbols {
                // Before the stream exists: a symbol that is none begins nothing.
                let configuration = settings.configuration.stream(named: name)
                let symbol = batch.symbol(of: record)
                guard configuration.takes(symbol) else {
                    throw configuration.refusal(of: symbol, place: record.line)
                }
            }
            do throws(RouteRefusal) { try await bring(name, layout) } catch {
                // While storage fails, that alone may be why: it is tried again when storage has recovered.
                guard !storage.mayLearn else { throw error }
                return (0, LearnedPart(untaken: 1))
            }
        }
        let thread = residents[name]?.thread ?? 0
        let learned = await threads[thread].learn(
            .row(place..<place + 1), of: batch, from: source, waits: false)
        return (thread, learned)
    }

    /// Brings a stream to memory: from its checkpoint, or new with the kind and the channels of the layout.
    private func bring(_ name: String, _ layout: SampleLayout) async throws(RouteRefusal) {
        do throws(StreamNameError) { _ = try StreamDirectoryName.encode(name) } catch {
            throw RouteRefusal(.badStreamName, "\(error)")
        }
        let back: Return
        do throws(SystemError) { back = try await bringBack(name) } catch {
            throw RouteRefusal(.tooManyStreams, "stream '\(name)' cannot be read back: \(error)")
        }
        switch back {
        case .isThere: break
        case .wasNever: try await begin(name, layout, .new, isCounted: false)
        case .wasSetAside: try await begin(name, layout, .instead, isCounted: true)
        }
    }

    /// What came of bringing a stream back.
    enum Return {
        case isThere
        /// There is no checkpoint of it.
        case wasNever
        /// Its checkpoint does not fit the configuration.
        case wasSetAside
    }

    /// Brings a stream back from its checkpoint, if it has one.
    ///
    /// - Throws: the system call that failed.
    func bringBack(_ name: String) async throws(SystemError) -> Return {
        // Without dormant streams everything on disk is in memory: the stream is new.
        guard hasDormantStreams, let stored = try await writer.load(name) else { return .wasNever }
        return try await restore(
            stored.checkpoint, path: stored.path, settings.configuration.stream(named: name))
            ? .isThere : .wasSetAside
    }

    /// Begins a stream with the kind and the channels of the layout.
    ///
    /// - Parameter position: of its first entry in the journal; nil: behind any earlier stream of the name.
    /// - Throws: ``RouteRefusal`` when there can be no such stream or no room for it.
    func begin(
        _ name: String, _ layout: SampleLayout, _ beginning: StreamLog.Beginning, position: UInt64? = nil,
        isCounted: Bool
    ) async throws(RouteRefusal) {
        let new = try NewStream(
            name, layout, settings.configuration.stream(named: name), maxMemoryBytes: settings.maxMemoryBytes)
        guard isCounted || streamCount < settings.maxStored else {
            throw RouteRefusal(
                .tooManyStreams,
                "there are \(streamCount) streams, in memory and on disk; streams.maxStored is \(settings.maxStored)"
            )
        }
        do throws(SystemError) { try await makeRoom(for: new.memoryBytes) } catch {
            throw RouteRefusal(.tooManyStreams, "no stream can leave memory for '\(name)': \(error)")
        }
        let thread = leastLoadedThread
        let log = StreamLog(
            beginningAt: position ?? ends[name] ?? 0, beginning, maxSources: settings.maxSources)
        await threads[thread].begin(new, log, takeArrival(of: name))
        note(name, on: thread, memoryBytes: new.memoryBytes)
        if !isCounted { streamCount += 1 }
        var metadata: Logger.Metadata = ["stream": "\(name)"]
        if new.kind == .numbers { metadata["channels"] = "\(new.channels.count)" }
        logger.log(
            .streamBegins, new.kind == .numbers ? nil : "A stream of symbols begins", metadata: metadata)
    }

    /// - Returns: false when the state does not fit the configuration: the stream is to begin anew.
    private func restore(
        _ checkpoint: Checkpoint, path: String, _ configuration: StreamConfiguration
    ) async throws(SystemError) -> Bool {
        let name = checkpoint.stream
        let thread = leastLoadedThread
        let bytes: Int
        do throws(StateError) {
            bytes = try await threads[thread].restore(
                checkpoint, path: path, configuration, arrival(of: name))
        } catch {
            // Found while running: there is no user to ask, and nothing is lost under another name.
            let paths = try await writer.setAside(name)
            // The journal is told with the first sample of the stream that takes its place.
            ends[name] = checkpoint.position + 1
            logger.log(
                .streamStateUnfit,
                metadata: ["stream": "\(name)", "reason": "\(error)", "paths": "\(paths)"])
            return false
        }
        _ = takeArrival(of: name)
        note(name, on: thread, memoryBytes: bytes)
        do throws(SystemError) { try await makeRoom(for: 0, except: name) } catch {
            await leave(name)
            throw error
        }
        return true
    }

    /// The thread whose streams take the least memory, which tells about how much there is to learn.
    private var leastLoadedThread: Int {
        memoryBytes.indices.min { memoryBytes[$0] < memoryBytes[$1] } ?? 0
    }

    /// Who waits for a stream.
    private func arrival(of name: String) -> LearningThread.Arrival {
        LearningThread.Arrival(
            returning: detachedSubscribers[name] ?? [], waiting: waitingSubscribers)
    }

    /// As ``arrival(of:)``; it is settled then.
    private func takeArrival(of name: String) -> LearningThread.Arrival {
        defer {
            detachedSubscribers[name] = nil
            for waiting in waitingSubscribers {
                subscribers[ObjectIdentifier(waiting.mailbox), default: []].insert(name)
            }
            waitingSubscribers = []
        }
        return arrival(of: name)
    }

    private func note(_ name: String, on thread: Int, memoryBytes bytes: Int) {
        residents[name] = Resident(thread: thread, memoryBytes: bytes)
        memoryBytes[thread] += bytes
    }

    private func noteLeft(_ name: String, _ resident: Resident) {
        residents[name] = nil
        memoryBytes[resident.thread] -= resident.memoryBytes
    }

    /// Notes that a stream is no more, in memory or on disk; should it begin again, its journal does so behind an end.
    func noteForgotten(_ name: String, _ resident: Resident, end: UInt64) {
        noteLeft(name, resident)
        streamCount -= 1
        ends[name] = end
    }

    private func hasRoom(for bytes: Int) -> Bool {
        // Nothing comes with the streams that are there already.
        residents.count + (bytes > 0 ? 1 : 0) <= settings.maxStreams
            && memoryBytes.reduce(bytes, +) <= settings.maxMemoryBytes
    }

    /// Sends least recently fed streams to disk until another one fits.
    ///
    /// - Parameters:
    ///   - bytes: what it takes; 0 when it is there already.
    ///   - name: one that stays.
    private func makeRoom(for bytes: Int, except name: String? = nil) async throws(SystemError) {
        while !hasRoom(for: bytes) {
            var oldest: (thread: Int, name: String, lastFed: UInt64, isDirty: Bool)?
            for (number, thread) in threads.enumerated() {
                guard let candidate = await thread.leastRecentlyFed(except: name) else { continue }
                if oldest.map({ candidate.lastFed < $0.lastFed }) ?? true {
                    oldest = (number, candidate.name, candidate.lastFed, candidate.isDirty)
                }
            }
            guard let oldest else { return }
            if oldest.isDirty {
                // Fed while it is being written, it is not the least recently fed any more.
                try await threads[oldest.thread].saveIfDirty(oldest.name)
            } else {
                await leave(oldest.name, ifLastFed: oldest.lastFed)
            }
        }
    }

    /// Has a stream leave memory; it stays when it was fed since.
    private func leave(_ name: String, ifLastFed lastFed: UInt64? = nil) async {
        guard let resident = residents[name],
            let subscriptions = await threads[resident.thread].remove(name, ifLastFed: lastFed)
        else { return }
        if !subscriptions.isEmpty { detachedSubscribers[name] = subscriptions }
        noteLeft(name, resident)
        hasDormantStreams = true
        logger.log(.streamLeftMemory, metadata: ["stream": "\(name)"])
    }

    /// Streams in memory, and what they take in bytes.
    var memory: (streams: Int, bytes: Int) { (residents.count, memoryBytes.reduce(0, +)) }

    /// Has the streams leave memory that were not fed for the time that is set, the longest first, until it is cancelled.
    ///
    /// - Throws: the system call for which one could not be written; the others are there still.
    func leaveIdle() async throws(SystemError) {
        let patience = UInt64(settings.configuration.streams.idleSeconds) * 1_000_000_000
        let now = Clocks.monotonicNanoseconds()
        var idle: [(name: String, lastFed: UInt64)] = []
        for thread in threads { idle += await thread.streams(notFedSince: now - min(now, patience)) }
        for (name, lastFed) in idle.sorted(by: { $0.lastFed < $1.lastFed }) {
            if Task.isCancelled { return }
            try await saveIfDirty(name)
            // One at a time: whoever opens a stream meanwhile is not kept waiting.
            await opening.enter()
            await leave(name, ifLastFed: lastFed)
            opening.leave()
        }
    }

    /// Takes over other limits, intervals and levels, and has streams leave that are too many now.
    ///
    /// - Throws: the system call for which they stay.
    func apply(_ settings: LearningSettings) async throws(SystemError) {
        await opening.enter()
        defer { opening.leave() }
        self.settings = settings
        for thread in threads { await thread.apply(settings) }
        try await makeRoom(for: 0)
    }

    /// Writes the stream's checkpoint if it is in memory and has learned since the last one.
    ///
    /// - Throws: the system call that failed.
    func saveIfDirty(_ name: String) async throws(SystemError) {
        guard let resident = residents[name] else { return }
        try await threads[resident.thread].saveIfDirty(name)
    }

    /// What is on disk is gone: every stream in memory wants a checkpoint.
    nonisolated func forgetCheckpoints() async {
        for thread in threads { await thread.forgetCheckpoints() }
    }

    /// The streams that have learned since their last checkpoint.
    nonisolated var dirtyStreams: [String] {
        get async {
            var names: [String] = []
            for thread in threads { names += await thread.dirtyStreams }
            return names.sorted()
        }
    }

    /// Loads the streams on disk, as many as may be in memory.
    ///
    /// - Throws: ``DaemonFailure`` when one of them does not fit the configuration or cannot be read.
    func restoreStored(_ progress: ServiceProgress) async throws(DaemonFailure) {
        let names: [String]
        do throws(SystemError) { names = try await writer.storedStreams() } catch {
            throw DaemonFailure(.inputOutput, "the state cannot be read: \(error)")
        }
        streamCount = names.count
        hasDormantStreams = names.count > settings.maxStreams
        for (number, name) in names.prefix(settings.maxStreams).enumerated() {
            progress.tell(.restoring, "\(number) of \(min(names.count, settings.maxStreams))")
            let stored: (checkpoint: Checkpoint, path: String)?
            do throws(SystemError) { stored = try await writer.load(name) } catch {
                throw DaemonFailure(.inputOutput, "the state cannot be read: \(error)")
            }
            if let stored { try await adopt(stored.checkpoint, path: stored.path) }
        }
    }

    func adopt(_ checkpoint: Checkpoint, path: String) async throws(DaemonFailure) {
        let name = checkpoint.stream
        let thread = leastLoadedThread
        do throws(StateError) {
            let bytes = try await threads[thread].restore(
                checkpoint, path: path, settings.configuration.stream(named: name), LearningThread.Arrival())
            guard hasRoom(for: bytes) else {
                // It waits on disk for its next sample.
                _ = await threads[thread].remove(name, ifLastFed: nil)
                hasDormantStreams = true
                return
            }
            note(name, on: thread, memoryBytes: bytes)
            logger.log(
                .streamResumed,
                metadata: ["stream": "\(name)", "step": "\(checkpoint.step)"])
        } catch {
            throw DaemonFailure(
                .unusableData,
                "the state of stream '\(name)' does not fit the configuration: \(error). It was learned with "
                    + "\(checkpoint.configuration); restore that, or forget what it has learned: nobacktrack reset '\(name)' "
                    + "--state-directory '\(writer.stateDirectory)' (\(path))")
        }
    }
}
