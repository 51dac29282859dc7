import Logging
import NIOCore
import NoBackTrack
import NoBackTrackSystem
import NoBackTrackWire

/// The streams that one thread learns, and the learning.
///
/// Long parts are learned in slices, between which other sources, queries and the watchdog get their turn.
actor LearningThread {
    /// Longest time without a turn for others, in nanoseconds.
    private static let slice: UInt64 = 1_000_000
    /// The clock is read once for about as many bytes of learners gone through: some tens of microseconds.
    private static let bytesBetweenLooks = 1 << 20
    /// For how long it counts that a slice had to end before its part, in nanoseconds.
    private static let flood: UInt64 = 20_000_000

    private let eventLoop: any EventLoop
    private nonisolated let executor: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let settings: LearningSettings
    let writer: CheckpointWriter
    let logger: Logger
    private let number: Int
    private let meter: SampleMeter
    private let publisher: EventPublisher
    private let checkpointDue: AsyncStream<Void>.Continuation

    /// The streams in memory.
    var streams: [String: LearningStream] = [:]
    /// For every source, how its layouts become samples of these streams.
    private var routes: [UInt64: [ResidentRoute?]] = [:]
    private(set) var rate: RateMeter
    /// Streams that want a checkpoint because of their samples.
    private var due: Set<String> = []
    private var sample: [Double] = []
    /// As many missing values as the widest sample has that was passed.
    private var absent: [Double] = []
    private var figures: [Double] = []
    /// Feeds to be published that a condition was left in.
    var conditionFeeds: [StreamFeed] = []

    /// A layout's way to a stream in memory.
    private struct ResidentRoute {
        var stream: LearningStream
        /// As ``SampleRoute/places``.
        var places: [Int]?
    }

    /// A thread without streams, whose work is done on the event loop's thread.
    ///
    /// - Parameter number: its place among the learning threads.
    init(
        number: Int, settings: LearningSettings, writer: CheckpointWriter, meter: SampleMeter,
        publisher: EventPublisher, checkpointDue: AsyncStream<Void>.Continuation, eventLoop: any EventLoop,
        logger: Logger
    ) {
        self.number = number
        self.settings = settings
        self.writer = writer
        self.meter = meter
        self.publisher = publisher
        self.checkpointDue = checkpointDue
        self.logger = logger
        self.eventLoop = eventLoop
        executor = eventLoop.executor
        rate = RateMeter(now: Clocks.monotonicNanoseconds())
    }

    /// Learns a part of a batch, in its order, as far as its streams are in memory here.
    ///
    /// - Parameter source: tells whose layouts these are; every source keeps its own.
    func learn(_ part: BatchPart, of batch: SampleBatch, from source: UInt64) async -> LearnedPart {
        var learned = LearnedPart()
        var strayed: Set<String> = []
        var done = 0
        while true {
            done = learnSlice(part, from: done, of: batch, source, into: &learned, strayed: &strayed)
            if done == part.count { return learned }
            await takeTurns()
        }
    }

    /// Lets others have their turn on this thread. `Task.yield` would go by way of another one, for which there may be
    /// no processor while all learn.
    private func takeTurns() async {
        await withCheckedContinuation { continuation in
            eventLoop.execute { continuation.resume() }
        }
    }

    /// What was done with a record.
    private enum Taking {
        case learned
        case refused
        /// A sample that is missing before it was passed; the record is still to be taken.
        case passedOne
    }

    /// Learns until the part or the slice ends.
    ///
    /// - Parameter strayed: the streams of ``LearnedPart/strays``; all that follows of theirs has to follow them.
    /// - Returns: how many records of the part are done.
    private func learnSlice(
        _ part: BatchPart, from start: Int, of batch: SampleBatch, _ source: UInt64,
        into learned: inout LearnedPart, strayed: inout Set<String>
    ) -> Int {
        let began = Clocks.monotonicNanoseconds()
        let strays = learned.strays.count
        let refused = learned.refused.count
        // Taken out, so that it is changed where it is.
        var routes = self.routes.removeValue(forKey: source) ?? []
        if routes.count < batch.layouts.count {
            routes += Array(repeating: nil, count: batch.layouts.count - routes.count)
        }
        var feeds: [StreamFeed] = []
        // In the pauses between rounds of events most would be dropped: then a stream's newest of the slice is enough.
        let pauseEnd = publisher.pauseEnd(learner: self.number, at: began)
        var silent: [LearningStream] = []
        let values = batch.values.span
        let count = part.count
        var number = start
        var bytes = 0
        var isOutOfTime = false
        var layout = -1
        var route: ResidentRoute?
        while number < count, !isOutOfTime {
            let place = part[number]
            let record = batch.records[place]
            if record.layout != layout {
                layout = record.layout
                route = routes[layout]
                if route == nil || !strayed.isEmpty {
                    route = open(layout, of: batch, routes: &routes, strayed: &strayed, place, &learned)
                }
            }
            var isDone = true
            if let route {
                let stream = route.stream
                bytes += stream.memoryBytes
                switch take(record, of: batch, values, by: route, into: &learned) {
                case .refused: break
                case .passedOne: isDone = false
                case .learned:
                    stream.lastFed = began &+ UInt64(number - start)
                    stream.time = record.time
                    stream.rate.record(now: began)
                    if let feed = stream.feed, !stream.isSilent {
                        if pauseEnd > began + Self.slice, pauseEnd - began - Self.slice > feed.leadOfARound {
                            stream.isSilent = true
                            silent.append(stream)
                        } else {
                            leaveEvent(of: stream, feeds: &feeds)
                        }
                    }
                    printEvent(of: stream, learned: &learned)
                }
            } else {
                // The next record of this layout has to find out by itself.
                layout = -1
                bytes += Self.bytesBetweenLooks / 16
            }
            if isDone {
                if settings.print != .none { learned.ends.append(learned.lines.count) }
                number += 1
            }
            if bytes >= Self.bytesBetweenLooks {
                bytes = 0
                isOutOfTime = Clocks.monotonicNanoseconds() - began >= Self.slice
            }
        }
        for stream in silent {
            stream.isSilent = false
            leaveEvent(of: stream, feeds: &feeds)
        }
        self.routes[source] = routes
        let skipped = learned.refused.count - refused + learned.strays.count - strays
        let samples = number - start - skipped
        rate.record(UInt64(samples), now: began)
        meter.settled(learned: samples, refused: learned.refused.count - refused)
        if isOutOfTime, number < count { publisher.floods[self.number].last(until: began + Self.flood) }
        feeds += conditionFeeds
        conditionFeeds.removeAll(keepingCapacity: true)
        if !feeds.isEmpty { publisher.publish(feeds, learner: self.number) }
        return number
    }

    private func take(
        _ record: SampleBatch.Record, of batch: SampleBatch, _ values: Span<Double>, by route: ResidentRoute,
        into learned: inout LearnedPart
    ) -> Taking {
        let stream = route.stream
        var taking = Taking.learned
        if let places = route.places {
            sample.removeAll(keepingCapacity: true)
            for place in places { sample.append(place < 0 ? .nan : values[record.firstValue + place]) }
            taking = step(stream, record, sample.span, &learned)
        } else if stream.kind == .numbers {
            let first = record.firstValue
            taking = step(
                stream, record, values.extracting(first..<first + stream.channels.count), &learned)
        } else {
            let symbol = batch.symbol(of: record)
            if !stream.learner.step(symbol) {
                refuse(record, stream.configuration.refusal(of: symbol, place: record.line), stream, &learned)
                return .refused
            }
        }
        if stream.learner.stepCount - stream.requestedStep >= settings.intervalSamples {
            stream.requestedStep = stream.learner.stepCount
            due.insert(stream.name)
            checkpointDue.yield()
        }
        return taking
    }

    /// Takes a sample of numbers, or passes one that is missing before it.
    private func step(
        _ stream: LearningStream, _ record: SampleBatch.Record, _ sample: Span<Double>,
        _ learned: inout LearnedPart
    ) -> Taking {
        let verdict = stream.learner.judge(record.time, sample)
        switch verdict {
        case .take: break
        case .takeAfterGap(let missing):
            tell([ConditionReport(.gap, hasEnded: true, sampleCount: missing)], of: stream, record.time)
        case .takeAfterReset: report(resetOf: stream, to: record.time)
        case .missing:
            let count = stream.channels.count
            if absent.count < count { absent = Array(repeating: .nan, count: count) }
            stream.learner.step(absent.span.extracting(0..<count))
            return .passedOne
        case .duplicate, .late:
            if let reason = stream.refusal(of: verdict, time: record.time) {
                refuse(record, reason, stream, &learned)
            }
            return .refused
        }
        stream.learner.step(sample)
        if !stream.learner.reports.isEmpty { tell(stream.learner.reports, of: stream, record.time) }
        return .learned
    }

    private func refuse(
        _ record: SampleBatch.Record, _ reason: RouteRefusal, _ stream: LearningStream,
        _ learned: inout LearnedPart
    ) {
        stream.rejected += 1
        learned.refused.append(Rejection(record, reason))
    }

    private func leaveEvent(of stream: LearningStream, feeds: inout [StreamFeed]) {
        if let feed = stream.leaveEvent(level: settings.level, figures: &figures) { feeds.append(feed) }
    }

    private func printEvent(of stream: LearningStream, learned: inout LearnedPart) {
        switch settings.print {
        case .none: break
        case .ndjson:
            stream.appendEventLine(level: settings.level, figures: &figures, to: &learned.lines)
        case .influx: stream.event(level: settings.level).appendInflux(to: &learned.lines)
        }
    }

    /// Finds the way of a layout whose stream is in memory; otherwise the record strays.
    ///
    /// - Returns: nil when the record cannot be learned here or at all.
    private func open(
        _ layout: Int, of batch: SampleBatch, routes: inout [ResidentRoute?], strayed: inout Set<String>,
        _ place: Int, _ learned: inout LearnedPart
    ) -> ResidentRoute? {
        let name = batch.layouts[layout].stream ?? settings.defaultStream
        guard !strayed.contains(name), let stream = streams[name] else {
            strayed.insert(name)
            learned.strays.append(place)
            return nil
        }
        if let known = routes[layout] { return known }
        do throws(RouteRefusal) {
            let route = try SampleRoute(
                batch.layouts[layout], to: name, kind: stream.kind, channels: stream.channels)
            routes[layout] = ResidentRoute(stream: stream, places: route.places)
            return routes[layout]
        } catch {
            refuse(batch.records[place], error, stream, &learned)
            return nil
        }
    }
}

extension LearningThread {
    /// Forgets a source's layouts.
    func forget(source: UInt64) {
        routes[source] = nil
    }

    /// Forgets the ways to a stream that leaves.
    func forgetRoutes(to stream: LearningStream) {
        for source in routes.keys {
            for layout in routes[source]?.indices ?? 0..<0 where routes[source]?[layout]?.stream === stream {
                routes[source]?[layout] = nil
            }
        }
    }

    /// The streams that want a checkpoint because of their samples; asking settles it.
    func takeDue() -> [String] {
        defer { due.removeAll() }
        return Array(due)
    }

    /// Answers from the thread itself.
    func beat() {}
}

extension Rejection {
    /// The answer to a sample that cannot be taken.
    init(_ record: SampleBatch.Record, _ reason: RouteRefusal) {
        self.init(line: record.line, code: reason.code, message: reason.message)
    }
}
