import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackWire

extension LearningThread {
    /// Who was waiting for a stream that comes to memory.
    struct Arrival: Sendable {
        /// Those who had subscribed before it left memory.
        var returning: [Subscription] = []
        /// Those who wait for a first stream.
        var waiting: [Subscription] = []
    }

    /// Begins a stream.
    ///
    /// - Parameter log: where its journal begins.
    func begin(_ new: NewStream, _ log: StreamLog, _ arrival: Arrival) {
        let now = Clocks.monotonicNanoseconds()
        let stream =
            switch new.kind {
            case .numbers:
                LearningStream(
                    name: new.name, channels: new.channels, targets: new.targets,
                    configuration: new.configuration, log: log, now: now)
            case .symbols:
                LearningStream(symbolsOf: new.name, configuration: new.configuration, log: log, now: now)
            }
        insert(stream, arrival, now: now)
    }

    /// Brings a stream back from its checkpoint.
    ///
    /// - Returns: the memory it takes, in bytes.
    /// - Throws: ``StateError`` when the state does not fit the configuration.
    func restore(
        _ checkpoint: Checkpoint, path: String, _ configuration: StreamConfiguration, _ arrival: Arrival
    ) throws(StateError) -> Int {
        let now = Clocks.monotonicNanoseconds()
        let stream = try LearningStream(
            checkpoint, path: path, configuration: configuration, maxSources: settings.maxSources, now: now)
        insert(stream, arrival, now: now)
        return stream.memoryBytes
    }

    private func insert(_ stream: LearningStream, _ arrival: Arrival, now: UInt64) {
        stream.lastFed = now
        for subscription in arrival.returning { attach(subscription, to: stream, isNew: false) }
        for subscription in arrival.waiting { attach(subscription, to: stream, isNew: true) }
        streams[stream.name] = stream
    }

    private func attach(_ subscription: Subscription, to stream: LearningStream, isNew: Bool) {
        let feed = stream.feed ?? newFeed(of: stream)
        subscription.begin(after: stream.eventCount, isNew: isNew)
        feed.add(subscription)
        stream.feed = feed
    }

    private func newFeed(of stream: LearningStream) -> StreamFeed {
        StreamFeed(
            stream: stream.name, writer: stream.eventWriter(level: settings.level),
            capacity: settings.configuration.predict.subscriberQueueEvents,
            maxBytes: settings.configuration.predict.subscriberQueueBytes)
    }

    /// Has the subscribers get further events by another feed, with what is set now.
    func renewFeed(of stream: LearningStream) {
        guard let feed = stream.feed else { return }
        let renewed = newFeed(of: stream)
        for subscription in feed.subscriptions { renewed.add(subscription) }
        stream.feed = renewed
    }

    /// The stream that was not fed for the longest time.
    func leastRecentlyFed(except name: String?) -> (name: String, lastFed: UInt64, isDirty: Bool)? {
        let oldest = streams.values.lazy.filter { $0.name != name }.min { $0.lastFed < $1.lastFed }
        return oldest.map { ($0.name, $0.lastFed, $0.isDirty) }
    }

    /// The streams that were fed no later than then, in monotonic nanoseconds, and when that was.
    func streams(notFedSince time: UInt64) -> [(name: String, lastFed: UInt64)] {
        streams.values.filter { $0.lastFed <= time }.map { ($0.name, $0.lastFed) }
    }

    /// Has a stream leave memory.
    ///
    /// - Parameter lastFed: nil: in any case; otherwise only when it was not fed since, and all of it is on disk.
    /// - Returns: its subscriptions; nil when it stays.
    func remove(_ name: String, ifLastFed lastFed: UInt64?) -> [Subscription]? {
        guard let stream = streams[name] else { return nil }
        if let lastFed, stream.lastFed != lastFed || stream.isDirty { return nil }
        streams[name] = nil
        forgetRoutes(to: stream)
        return stream.feed?.subscriptions ?? []
    }

    /// Writes a stream's checkpoint, while learning goes on, if it is in memory and has learned since the last one.
    ///
    /// - Throws: the system call that failed.
    func saveIfDirty(_ name: String) async throws(SystemError) {
        guard let stream = streams[name], stream.isDirty else { return }
        let snapshot = stream.snapshot
        let taken = Clocks.monotonicNanoseconds()
        stream.requestedStep = snapshot.learner.stepCount
        let status = try await writer.save(snapshot)
        // Of two saves under way the later one may have come first.
        if (stream.savedPosition ?? 0) <= snapshot.position {
            stream.lastCheckpoint = status
            stream.savedPosition = snapshot.position
            stream.unsavedSince = stream.isDirty ? taken : nil
        }
    }

    /// What is on disk is gone: every stream wants a checkpoint.
    func forgetCheckpoints() {
        for stream in streams.values {
            stream.lastCheckpoint = nil
            stream.savedPosition = nil
            stream.willChange(at: Clocks.monotonicNanoseconds())
        }
    }

    /// The streams that have learned since their last checkpoint.
    var dirtyStreams: [String] { streams.values.filter(\.isDirty).map(\.name) }
}

// MARK: - Queries

extension LearningThread {
    /// Current forecasts of a stream; nil when it is not here.
    ///
    /// - Throws: ``QueryRefusal``.
    func forecast(_ stream: String, _ request: PredictRequest) throws(QueryRefusal) -> ForecastMessage? {
        try streams[stream]?.answer(to: request, standardLevel: settings.level)
    }

    /// Has a mailbox get a stream's events, after the answer that says so.
    ///
    /// - Returns: false when the stream is not here.
    func subscribe(_ mailbox: EventMailbox, to name: String, _ answer: SubscribeMessage?) -> Bool {
        guard let stream = streams[name] else { return false }
        if let answer { mailbox.put(message: answer) }
        if stream.feed?.subscriptions.contains(where: { $0.mailbox === mailbox }) != true {
            attach(Subscription(mailbox), to: stream, isNew: true)
        }
        return true
    }

    /// Has a mailbox get no more events of a stream.
    func unsubscribe(_ mailbox: EventMailbox, from name: String) {
        guard let stream = streams[name], let feed = stream.feed else { return }
        if feed.remove(mailbox) { stream.feed = nil }
    }

    /// Has a stream's parameters stand still, or move again.
    ///
    /// - Throws: why the journal cannot tell; nothing has changed then.
    func setLearning(_ name: String, _ isEnabled: Bool) throws(SystemError) {
        guard let stream = streams[name], stream.learner.isLearning != isEnabled else { return }
        chunk.begin()
        chunk.learning(stream, isEnabled)
        try recordOrder()
        stream.willChange(at: Clocks.monotonicNanoseconds())
        stream.learner.isLearning = isEnabled
    }

    /// Has a stream leave memory for good.
    ///
    /// - Returns: its subscriptions, its step and the position behind it; nil when it is not here.
    /// - Throws: why the journal cannot tell; nothing has changed then.
    func reset(_ name: String) throws(SystemError) -> (
        subscriptions: [Subscription], step: UInt64, end: UInt64
    )? {
        guard let stream = streams[name] else { return nil }
        chunk.begin()
        chunk.reset(stream)
        try recordOrder()
        return (remove(name, ifLastFed: nil) ?? [], stream.learner.stepCount, stream.log.position)
    }

    /// Writes the chunk's one order to the journal.
    private func recordOrder() throws(SystemError) {
        do throws(SystemError) { try journal.append(&chunk.block) } catch {
            storage.failed(.journal, error)
            chunk.undo()
            throw error
        }
    }

    /// How every stream is.
    func statuses() -> [StreamStatus] {
        let now = Clocks.monotonicNanoseconds()
        return streams.values.map { $0.status(now: now) }
    }

    /// A stream's newest checkpoint.
    func lastCheckpoint(of name: String) -> CheckpointStatus? { streams[name]?.lastCheckpoint }

    /// Samples a second, and when the newest checkpoint was written.
    func report() -> (samplesPerSecond: Double, lastCheckpoint: Double?) {
        (
            rate.rate(now: Clocks.monotonicNanoseconds()),
            streams.values.compactMap { $0.lastCheckpoint?.time }.max()
        )
    }
}
