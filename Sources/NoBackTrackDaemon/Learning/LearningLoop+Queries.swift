import Logging
import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackWire

extension LearningLoop {
    /// Current forecasts of a stream.
    ///
    /// - Throws: ``QueryRefusal``.
    func forecast(_ request: PredictRequest) async throws(QueryRefusal) -> ForecastMessage {
        let name = try await name(request.stream)
        while let resident = residents[name] {
            let answer = try await threads[resident.thread].forecast(name, request)
            if let answer { return answer }
            // It has just left memory, and whoever had it leave is about to note that.
            await Task.yield()
        }
        // Only on disk: asking does not bring it back to memory, for that would push out one that is fed.
        guard let stream = try await dormant(name) else { throw Self.unknown(name) }
        return try stream.answer(to: request, standardLevel: settings.level)
    }

    /// Has a mailbox get a stream's events, after the answer that says so.
    ///
    /// Without a name and without a stream the first one to come is meant.
    ///
    /// - Throws: ``QueryRefusal``.
    func subscribe(_ request: PredictRequest, _ mailbox: EventMailbox) async throws(QueryRefusal) {
        await opening.enter()
        defer { opening.leave() }
        let subscriber = ObjectIdentifier(mailbox)
        if request.stream == nil, residents.isEmpty, !hasDormantStreams {
            mailbox.put(message: SubscribeMessage(id: request.id, stream: nil))
            if !waitingSubscribers.contains(where: { $0.mailbox === mailbox }) {
                subscribers[subscriber, default: []] = []
                waitingSubscribers.append(Subscription(mailbox))
            }
            return
        }
        let name = try await name(request.stream)
        let known = subscribers[subscriber] ?? []
        guard known.contains(name) || known.count < settings.maxStreams else {
            throw QueryRefusal(
                .tooManySubscriptions,
                "the connection has subscribed to \(known.count) streams; streams.max is \(settings.maxStreams)"
            )
        }
        try await subscribe(mailbox, to: name, answer: SubscribeMessage(id: request.id, stream: name))
        subscribers[subscriber, default: []].insert(name)
    }

    /// Has a mailbox get a stream's events, after the answer.
    private func subscribe(
        _ mailbox: EventMailbox, to name: String, answer: SubscribeMessage
    ) async throws(QueryRefusal) {
        if let resident = residents[name] {
            _ = await threads[resident.thread].subscribe(mailbox, to: name, answer)
            return
        }
        guard let stream = try await dormant(name) else { throw Self.unknown(name) }
        mailbox.put(message: answer)
        guard detachedSubscribers[name]?.contains(where: { $0.mailbox === mailbox }) != true else { return }
        let subscription = Subscription(mailbox)
        subscription.begin(after: stream.eventCount, isNew: true)
        detachedSubscribers[name, default: []].append(subscription)
    }

    /// Has a mailbox get events as before the daemon began, from the next ones on; those of streams that are on disk, or
    /// nowhere yet, when they come.
    func resubscribe(_ mailbox: EventMailbox, to streams: [String], waits: Bool) async {
        await opening.enter()
        defer { opening.leave() }
        let subscriber = ObjectIdentifier(mailbox)
        for name in streams {
            if let resident = residents[name] {
                _ = await threads[resident.thread].subscribe(mailbox, to: name, nil)
            } else {
                detachedSubscribers[name, default: []].append(Subscription(mailbox))
            }
            subscribers[subscriber, default: []].insert(name)
        }
        guard waits else { return }
        if subscribers[subscriber] == nil { subscribers[subscriber] = [] }
        waitingSubscribers.append(Subscription(mailbox))
    }

    /// Has a mailbox get no more events.
    ///
    /// - Returns: the streams that it got the events of, and whether it waited for a first one.
    @discardableResult
    func unsubscribe(_ mailbox: EventMailbox) async -> (streams: [String], waits: Bool) {
        let subscriber = ObjectIdentifier(mailbox)
        guard subscribers[subscriber] != nil else { return ([], false) }
        await opening.enter()
        defer { opening.leave() }
        let waits = waitingSubscribers.contains { $0.mailbox === mailbox }
        waitingSubscribers.removeAll { $0.mailbox === mailbox }
        let names = subscribers.removeValue(forKey: subscriber) ?? []
        for name in names {
            if let resident = residents[name] {
                await threads[resident.thread].unsubscribe(mailbox, from: name)
            }
            detachedSubscribers[name]?.removeAll { $0.mailbox === mailbox }
            if detachedSubscribers[name]?.isEmpty == true { detachedSubscribers[name] = nil }
        }
        return (names.sorted(), waits)
    }

    /// How the daemon is.
    func status(_ request: PredictRequest, connections: StatusMessage.Connections) async -> StatusMessage {
        let streams = await streamStatuses()
        var rate = 0.0
        for thread in threads { rate += await thread.report().samplesPerSecond }
        let now = Clocks.monotonicNanoseconds()
        return StatusMessage(
            id: request.id, version: DaemonVersion.text, uptime: Double(now - startedAt) * 1e-9,
            samples: samples, samplesPerSecond: rate, lag: meter.lag, rejected: meter.rejected,
            storage: storageStatus,
            connections: connections, subscribers: subscribers.count, streams: streams)
    }

    private var storageStatus: StorageStatus { storage.status(journal: journalStatus) }

    /// How the journal is; nil when there is none.
    var journalStatus: StorageStatus.Journal? {
        guard settings.configuration.journal.enabled else { return nil }
        let journal = keeper.journal
        let (segments, bytes) = journal.size
        // In this order: what is durable by now was accepted before.
        let durable = journal.durable
        return StorageStatus.Journal(segments: segments, bytes: bytes, pending: journal.accepted - durable)
    }

    /// How every stream is, in memory or on disk.
    func streamStatuses() async -> [StreamStatus] {
        var statuses: [StreamStatus] = []
        for thread in threads { statuses += await thread.statuses() }
        if hasDormantStreams {
            let resident = Set(statuses.map(\.stream))
            for name in (try? await writer.storedStreams()) ?? [] where !resident.contains(name) {
                if let stream = try? await dormant(name) {
                    statuses.append(stream.status(now: Clocks.monotonicNanoseconds(), inMemory: false))
                }
            }
        }
        return statuses.sorted { $0.stream < $1.stream }
    }

    /// Writes checkpoints of one stream or all, where there is something new to write.
    ///
    /// - Throws: ``QueryRefusal``.
    func snapshot(_ request: PredictRequest) async throws(QueryRefusal) -> SnapshotMessage {
        if let name = request.stream, residents[name] == nil, try await dormant(name) == nil {
            throw Self.unknown(name)
        }
        var written: [SnapshotMessage.Written] = []
        for name in request.stream.map({ [$0] }) ?? residents.keys.sorted() {
            do throws(SystemError) { try await saveIfDirty(name) } catch {
                throw QueryRefusal(.storageFailed, "\(error)")
            }
            // Without news the newest checkpoint is the answer.
            var last: CheckpointStatus?
            if let resident = residents[name] {
                last = await threads[resident.thread].lastCheckpoint(of: name)
            }
            if last == nil { last = try await dormant(name)?.lastCheckpoint }
            if let last { written.append(.init(stream: name, step: last.step, path: last.path)) }
        }
        return SnapshotMessage(id: request.id, written: written)
    }

    /// Has a stream's parameters stand still, or move again.
    ///
    /// - Throws: ``QueryRefusal``.
    func setLearning(_ request: PredictRequest) async throws(QueryRefusal) -> LearnMessage {
        guard let isEnabled = request.enabled else {
            throw QueryRefusal(.badRequest, "\"enabled\" is missing: true or false")
        }
        await opening.enter()
        defer { opening.leave() }
        let name = try await name(request.stream)
        do throws(SystemError) {
            // For good: an order must not be lost when the daemon stops before the stream's next sample.
            if residents[name] == nil { _ = try await bringBack(name) }
            if let resident = residents[name] {
                try await threads[resident.thread].setLearning(name, isEnabled)
                return LearnMessage(id: request.id, stream: name, enabled: isEnabled)
            }
        } catch {
            throw QueryRefusal(.storageFailed, "\(error)")
        }
        throw Self.unknown(name)
    }

    /// Forgets a stream, on disk too.
    ///
    /// - Throws: ``QueryRefusal``.
    func reset(_ request: PredictRequest) async throws(QueryRefusal) -> ResetMessage {
        await opening.enter()
        defer { opening.leave() }
        let name = try await name(request.stream)
        // A journal that cannot be told would bring the stream back.
        let isJournaled = settings.configuration.journal.enabled
        guard await keeper.sync() || !isJournaled else {
            throw QueryRefusal(.storageFailed, "the journal cannot be written; nothing was forgotten")
        }
        do throws(SystemError) {
            if residents[name] == nil { _ = try await bringBack(name) }
            if let resident = residents[name], let gone = try await threads[resident.thread].reset(name) {
                noteForgotten(name, resident, end: gone.end)
                if !gone.subscriptions.isEmpty { detachedSubscribers[name] = gone.subscriptions }
                // Its files may go when the journal's word that it is forgotten will not.
                await keeper.sync()
                try await writer.remove(name, before: gone.end)
                logger.log(
                    .streamForgotten, metadata: ["stream": "\(name)", "step": "\(gone.step)"])
                return ResetMessage(id: request.id, stream: name, step: gone.step)
            }
        } catch {
            throw QueryRefusal(.storageFailed, "\(error)")
        }
        throw Self.unknown(name)
    }

    /// The stream that is meant.
    private func name(_ name: String?) async throws(QueryRefusal) -> String {
        if let name { return name }
        if residents.count == 1, !hasDormantStreams, let only = residents.keys.first { return only }
        let stored = hasDormantStreams ? (try? await writer.storedStreams()) ?? [] : []
        let names = Set(residents.keys).union(stored).sorted()
        guard let first = names.first else {
            throw QueryRefusal(.unknownStream, "there is no stream yet")
        }
        guard names.count == 1 else {
            let shown = names.prefix(8).joined(separator: ", ")
            throw QueryRefusal(
                .ambiguousStream,
                "there are \(names.count) streams (\(shown)\(names.count > 8 ? ", …" : "")); name one")
        }
        return first
    }

    /// A stream that is only on disk, for looking at; nil when it is not there either.
    private func dormant(_ name: String) async throws(QueryRefusal) -> LearningStream? {
        guard hasDormantStreams, (try? StreamDirectoryName.encode(name)) != nil else { return nil }
        do throws(SystemError) {
            guard let stored = try await writer.look(at: name) else { return nil }
            return try? LearningStream(
                stored.checkpoint, path: stored.path,
                configuration: settings.configuration.stream(named: name), maxSources: settings.maxSources,
                now: Clocks.monotonicNanoseconds())
        } catch {
            throw QueryRefusal(.storageFailed, "\(error)")
        }
    }

    private static func unknown(_ name: String) -> QueryRefusal {
        QueryRefusal(.unknownStream, "there is no stream '\(name)'")
    }
}
