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
        if let stream = streams[name] {
            return try stream.answer(to: request, standardLevel: settings.level)
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
        if request.stream == nil, streams.isEmpty, !hasDormantStreams {
            mailbox.put(message: SubscribeMessage(id: request.id, stream: nil))
            waitingSubscribers.append(mailbox)
            return
        }
        let name = try await name(request.stream)
        if let stream = streams[name] {
            mailbox.put(message: SubscribeMessage(id: request.id, stream: name))
            if !stream.subscribers.contains(where: { $0 === mailbox }) { stream.subscribers.append(mailbox) }
            return
        }
        guard try await dormant(name) != nil else { throw Self.unknown(name) }
        mailbox.put(message: SubscribeMessage(id: request.id, stream: name))
        // It may have come back to memory meanwhile.
        if let stream = streams[name] {
            stream.subscribers.append(mailbox)
        } else {
            detachedSubscribers[name, default: []].append(mailbox)
        }
    }

    /// Has a mailbox get no more events.
    func unsubscribe(_ mailbox: EventMailbox) {
        for stream in streams.values { stream.subscribers.removeAll { $0 === mailbox } }
        for name in detachedSubscribers.keys { detachedSubscribers[name]?.removeAll { $0 === mailbox } }
        detachedSubscribers = detachedSubscribers.filter { !$0.value.isEmpty }
        waitingSubscribers.removeAll { $0 === mailbox }
    }

    /// How the daemon is.
    func status(_ request: PredictRequest, connections: StatusMessage.Connections) async -> StatusMessage {
        let streams = await streamStatuses()
        let now = Clocks.monotonicNanoseconds()
        var subscribers: Set<ObjectIdentifier> = Set(waitingSubscribers.map(ObjectIdentifier.init))
        for stream in self.streams.values {
            subscribers.formUnion(stream.subscribers.map(ObjectIdentifier.init))
        }
        for detached in detachedSubscribers.values {
            subscribers.formUnion(detached.map(ObjectIdentifier.init))
        }
        return StatusMessage(
            id: request.id, version: DaemonVersion.text, uptime: Double(now - startedAt) * 1e-9,
            samples: samples, samplesPerSecond: rate.rate(now: now), lag: meter.lag, rejected: rejected,
            connections: connections, subscribers: subscribers.count, streams: streams)
    }

    /// How every stream is, in memory or on disk.
    func streamStatuses() async -> [StreamStatus] {
        let now = Clocks.monotonicNanoseconds()
        var statuses = streams.values.map { $0.status(now: now) }
        if hasDormantStreams {
            for name in (try? await writer.storedStreams()) ?? [] where streams[name] == nil {
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
        if let name = request.stream, streams[name] == nil, try await dormant(name) == nil {
            throw Self.unknown(name)
        }
        var written: [SnapshotMessage.Written] = []
        for name in request.stream.map({ [$0] }) ?? streams.keys.sorted() {
            do throws(SystemError) { try await saveIfDirty(name) } catch {
                throw QueryRefusal(.storageFailed, "\(error)")
            }
            // Without news the newest checkpoint is the answer.
            let last: CheckpointStatus?
            if let stream = streams[name] {
                last = stream.lastCheckpoint
            } else {
                last = try await dormant(name)?.lastCheckpoint
            }
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
        let name = try await name(request.stream)
        if streams[name] == nil, try await dormant(name) == nil { throw Self.unknown(name) }
        // It may have come to memory meanwhile.
        if let stream = streams[name] {
            stream.learner.isLearning = isEnabled
        } else {
            learningOrders[name] = isEnabled
        }
        return LearnMessage(id: request.id, stream: name, enabled: isEnabled)
    }

    /// The stream that is meant.
    private func name(_ name: String?) async throws(QueryRefusal) -> String {
        if let name { return name }
        if streams.count == 1, !hasDormantStreams, let only = streams.keys.first { return only }
        let stored = hasDormantStreams ? (try? await writer.storedStreams()) ?? [] : []
        let names = Set(streams.keys).union(stored).sorted()
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
            guard let stored = try await writer.load(name) else { return nil }
            return try? LearningStream(
                stored.checkpoint, path: stored.path,
                configuration: settings.configuration.stream(named: name),
                now: Clocks.monotonicNanoseconds())
        } catch {
            throw QueryRefusal(.storageFailed, "\(error)")
        }
    }

    private static func unknown(_ name: String) -> QueryRefusal {
        QueryRefusal(.unknownStream, "there is no stream '\(name)'")
    }
}
