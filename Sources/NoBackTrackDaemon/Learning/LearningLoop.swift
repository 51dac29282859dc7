import Logging
import NIOCore
import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackWire

/// The one place where samples are learned: all streams' learners, on one thread of their own.
///
/// Whoever brings samples waits until they are learned; that is what slows down a producer that is faster than
/// the learner. Long batches are learned in slices, between which queries, events and the watchdog get their turn.
actor LearningLoop {
    /// Longest time without a turn for others, in nanoseconds.
    private static let slice: UInt64 = 1_000_000

    nonisolated let meter = SampleMeter()
    private nonisolated let executor: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let settings: LearningSettings
    let writer: CheckpointWriter
    let logger: Logger
    private let printer: LinePrinter?
    /// Says that a stream has reached its number of samples for a checkpoint.
    nonisolated let checkpointsDue: AsyncStream<Void>
    private nonisolated let checkpointDue: AsyncStream<Void>.Continuation

    /// The streams in memory.
    var streams: [String: LearningStream] = [:]
    /// What they take, in bytes.
    var memoryBytes = 0
    /// Whether there may be streams that are only on disk.
    var hasDormantStreams = false
    /// What was said to streams that are only on disk, about whether to learn.
    var learningOrders: [String: Bool] = [:]
    /// Subscribers to whatever stream comes first.
    var waitingSubscribers: [EventMailbox] = []
    /// Subscribers to streams that have left memory.
    var detachedSubscribers: [String: [EventMailbox]] = [:]
    /// Whether a stream is being opened, and who waits to open another.
    private var isOpening = false
    private var openers: [CheckedContinuation<Void, Never>] = []
    /// For every source, how its layouts become samples.
    private var routes: [UInt64: [SampleRoute?]] = [:]

    /// Samples learned since the start.
    private(set) var samples: UInt64 = 0
    private(set) var rejected: [String: UInt64] = [:]
    private(set) var rate: RateMeter
    let startedAt: UInt64
    private var scratch: [Double] = []
    /// Streams that want a checkpoint because of their samples.
    private var due: Set<String> = []

    /// A loop without streams, whose work is done on the event loop's thread.
    init(
        settings: LearningSettings, writer: CheckpointWriter, printer: LinePrinter?, eventLoop: any EventLoop,
        logger: Logger
    ) {
        self.settings = settings
        self.writer = writer
        self.printer = printer
        self.logger = logger
        executor = eventLoop.executor
        startedAt = Clocks.monotonicNanoseconds()
        rate = RateMeter(now: startedAt)
        (checkpointsDue, checkpointDue) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Learns the samples of a batch, in their order.
    ///
    /// - Parameter source: tells whose layouts these are; every source keeps its own.
    /// - Returns: the samples that could not be used.
    func learn(_ batch: SampleBatch, from source: UInt64) async -> [Rejection] {
        for rejection in batch.rejections { rejected[rejection.code.rawValue, default: 0] += 1 }
        var refused: [Rejection] = []
        var place = 0
        while place < batch.records.count {
            var lines: [UInt8] = []
            let next = learnSlice(batch, from: place, source: source, lines: &lines, refused: &refused)
            meter.settled(next - place)
            place = next
            // Before anybody else gets a turn, so that lines come in the order of acceptance.
            if !lines.isEmpty { printer?.enqueue(lines) }
            guard place < batch.records.count else { break }
            let record = batch.records[place]
            if route(of: record.layout, source) == nil {
                do throws(RouteRefusal) {
                    try await openRoute(for: record, of: batch, source: source)
                } catch {
                    refuse(record, of: batch, error, to: &refused)
                    meter.settled(1)
                    place += 1
                    // A flood of what has no stream must not keep the others from their turn.
                    if refused.count % 256 == 0 { await Task.yield() }
                }
            } else {
                await Task.yield()
            }
            await printer?.room()
        }
        await printer?.room()
        return refused
    }

    /// Forgets a source's layouts.
    func forget(source: UInt64) {
        routes[source] = nil
    }

    /// Learns until the batch or the slice ends or a layout has no route yet.
    ///
    /// - Returns: the place of the first record that was not learned.
    private func learnSlice(
        _ batch: SampleBatch, from start: Int, source: UInt64, lines: inout [UInt8],
        refused: inout [Rejection]
    ) -> Int {
        var now = Clocks.monotonicNanoseconds()
        let end = now + Self.slice
        var place = start
        var layout = -1
        var route: SampleRoute?
        var stream: LearningStream?
        while place < batch.records.count {
            let record = batch.records[place]
            if record.layout != layout {
                layout = record.layout
                route = self.route(of: layout, source)
                stream = route.flatMap { streams[$0.stream] }
            }
            guard let route, let stream else { break }
            take(batch, record, route: route, stream: stream, now: now, lines: &lines, refused: &refused)
            place += 1
            now = Clocks.monotonicNanoseconds()
            if now >= end { break }
        }
        return place
    }

    private func take(
        _ batch: SampleBatch, _ record: SampleBatch.Record, route: SampleRoute, stream: LearningStream,
        now: UInt64, lines: inout [UInt8], refused: inout [Rejection]
    ) {
        let values = batch.values.span
        if route.kind == .symbols {
            let symbol = batch.symbol(of: record)
            guard stream.learner.step(symbol) else {
                let reason = stream.configuration.refusal(of: symbol, place: record.line)
                return refuse(record, of: batch, reason, to: &refused)
            }
        } else if let places = route.places {
            scratch.removeAll(keepingCapacity: true)
            for place in places { scratch.append(place < 0 ? .nan : values[record.firstValue + place]) }
            stream.learner.step(scratch.span)
        } else {
            stream.learner.step(values.extracting(batch.valueRange(of: record)))
        }
        samples += 1
        stream.lastFed = samples
        stream.time = record.time
        stream.rate.record(now: now)
        rate.record(now: now)
        if !stream.subscribers.isEmpty || printer != nil { publish(stream, lines: &lines) }
        if stream.learner.stepCount - stream.requestedStep >= settings.intervalSamples {
            stream.requestedStep = stream.learner.stepCount
            due.insert(stream.name)
            checkpointDue.yield()
        }
    }

    private func publish(_ stream: LearningStream, lines: inout [UInt8]) {
        let event = stream.event(level: settings.level)
        var json: [UInt8] = []
        if !stream.subscribers.isEmpty || settings.print == .ndjson { event.appendLine(to: &json) }
        for subscriber in stream.subscribers { subscriber.offer(event: json) }
        guard printer != nil else { return }
        switch settings.print {
        case .none: break
        case .ndjson: lines += json
        case .influx: event.appendInflux(to: &lines)
        }
    }

    private func refuse(
        _ record: SampleBatch.Record, of batch: SampleBatch, _ reason: RouteRefusal,
        to refused: inout [Rejection]
    ) {
        refused.append(Rejection(line: record.line, code: reason.code, message: reason.message))
        rejected[reason.code.rawValue, default: 0] += 1
        streams[batch.layouts[record.layout].stream ?? settings.defaultStream]?.rejected += 1
    }

    /// The route of a source's layout; nil when it has none yet, or its stream has left memory.
    private func route(of layout: Int, _ source: UInt64) -> SampleRoute? {
        guard let known = routes[source], layout < known.count, let route = known[layout],
            streams[route.stream]?.learner.kind == route.kind
        else { return nil }
        return route
    }

    /// Finds out how a sample's layout becomes samples, and brings its stream to memory.
    private func openRoute(
        for record: SampleBatch.Record, of batch: SampleBatch, source: UInt64
    ) async throws(RouteRefusal) {
        let (place, layout) = (record.layout, batch.layouts[record.layout])
        let name = layout.stream ?? settings.defaultStream
        if layout.kind == .symbols {
            // Before the stream exists: a symbol that is none begins nothing.
            let configuration = settings.configuration.stream(named: name)
            let symbol = batch.symbol(of: record)
            guard configuration.alphabet.isEmpty || configuration.alphabet.contains(symbol) else {
                throw configuration.refusal(of: symbol, place: record.line)
            }
        }
        while streams[name] == nil {
            // One at a time: two sources may want the same stream.
            if isOpening {
                await withCheckedContinuation { openers.append($0) }
                continue
            }
            isOpening = true
            let result: Result<Void, RouteRefusal>
            do throws(RouteRefusal) {
                try await open(name, layout)
                result = .success(())
            } catch { result = .failure(error) }
            isOpening = false
            let waiting = openers
            openers = []
            for opener in waiting { opener.resume() }
            try result.get()
        }
        guard let stream = streams[name] else { return }
        let route = try SampleRoute(
            layout, to: name, kind: stream.learner.kind, channels: stream.channels)
        var known = routes[source] ?? []
        if known.count <= place { known += Array(repeating: nil, count: place + 1 - known.count) }
        known[place] = route
        routes[source] = known
    }
}

extension LearningLoop {
    /// What to say when there was input and not one sample in it.
    var unusableInput: DaemonFailure? {
        let lines = rejected.values.reduce(0, +)
        guard samples == 0, lines > 0 else { return nil }
        return DaemonFailure(.unusableData, "not one of the \(lines) lines of standard input was a sample")
    }

    /// The streams that want a checkpoint because of their samples; asking settles it.
    func takeDue() -> [String] {
        defer { due.removeAll() }
        return due.sorted()
    }

    /// Tells the service manager that learning goes on, from the thread that does it.
    func beat() {
        ServiceManager.notify("WATCHDOG=1")
    }
}
