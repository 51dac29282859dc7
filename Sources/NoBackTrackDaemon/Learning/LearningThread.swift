import Logging
import NIOCore
import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackWire

/// The streams that one thread learns, and the learning.
///
/// Long parts are learned in slices, between which other sources, queries and the watchdog get their turn.
actor LearningThread {
    /// Longest time without a turn for others, in nanoseconds.
    private static let slice: UInt64 = 1_000_000
    /// A chunk ends, and the clock is read, after about as many bytes of learners gone through: some hundred microseconds.
    private static let chunkBytes = 4 << 20
    /// Updates are timed together until as many bytes of learners were gone through, some ten microseconds: one by one the
    /// clock would cost the smallest learners more than a hundredth of their speed, so two or three thousandths.
    private static let timedBytes = 256 << 10
    /// For how long it counts that a slice had to end before its part, in nanoseconds.
    private static let flood: UInt64 = 20_000_000

    private let eventLoop: any EventLoop
    private nonisolated let executor: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private(set) var settings: LearningSettings
    let writer: CheckpointWriter
    let journal: Journal
    let storage: StorageWatch
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
    /// How long updates took; those timed together each as long as their mean.
    private(set) var updates = DurationHistogram()
    /// Streams that want a checkpoint because of their samples.
    private var due: Set<String> = []
    private var sample: [Double] = []
    /// As many missing values as the widest sample has that was passed.
    private var absent: [Double] = []
    private var figures: [Double] = []
    /// Feeds to be published that a condition was left in.
    var conditionFeeds: [StreamFeed] = []

    /// What is about to be learned.
    var chunk = LearningChunk()
    /// How often it has said that it is alive.
    private var beats: UInt64 = 0

    /// What one slice gathers.
    private struct Slice {
        /// When it began.
        let began: UInt64
        /// How long after it no event will be published, in nanoseconds.
        let silence: UInt64
        /// Samples learned.
        var samples = 0
        var feeds: [StreamFeed] = []
        /// Streams that leave no event but their last.
        var silent: [LearningStream] = []
    }

    /// A thread without streams, whose work is done on the event loop's thread.
    ///
    /// - Parameter number: its place among the learning threads.
    init(
        number: Int, settings: LearningSettings, writer: CheckpointWriter, journal: Journal,
        storage: StorageWatch, meter: SampleMeter,
        publisher: EventPublisher, checkpointDue: AsyncStream<Void>.Continuation, eventLoop: any EventLoop,
        logger: Logger
    ) {
        self.number = number
        self.settings = settings
        self.writer = writer
        self.journal = journal
        self.storage = storage
        self.meter = meter
        self.publisher = publisher
        self.checkpointDue = checkpointDue
        self.logger = logger
        self.eventLoop = eventLoop
        executor = eventLoop.executor
        rate = RateMeter(now: Clocks.monotonicNanoseconds())
    }

    /// Takes over other settings, from the next sample on.
    func apply(_ settings: LearningSettings) {
        self.settings = settings
        // What waits in a feed was written down at the level it had, and is told with it.
        for stream in streams.values { renewFeed(of: stream) }
    }

    /// Learns a part of a batch, in its order, as far as its streams are in memory here.
    ///
    /// While storage has failed and the policy is not to learn then, nothing is.
    ///
    /// - Parameters:
    ///   - source: tells whose layouts these are; every source keeps its own.
    ///   - waits: whether to wait for storage to recover; what is left when that is waited for in vain, or not at all, is
    ///     ``LearnedPart/untaken``.
    func learn(
        _ part: BatchPart, of batch: SampleBatch, from source: UInt64, waits: Bool = true
    ) async -> LearnedPart {
        var learned = LearnedPart()
        var strayed: Set<String> = []
        var done = 0
        while true {
            let mayLearn = storage.mayLearn
            if mayLearn {
                done = learnSlice(part, from: done, of: batch, source, into: &learned, strayed: &strayed)
            }
            if done == part.count { return learned }
            if mayLearn, storage.mayLearn {
                await takeTurns()
                continue
            }
            let hasRecovered = waits ? await storage.recovered() : false
            if hasRecovered { continue }
            learned.untaken = part.count - done
            return learned
        }
    }

    /// Lets others have their turn on this thread. `Task.yield` would go by way of another one, for which there may be
    /// no processor while all learn.
    private func takeTurns() async {
        await withCheckedContinuation { continuation in
            eventLoop.execute { continuation.resume() }
        }
    }

    /// Learns until the part or the slice ends, chunk by chunk: a chunk is decided on, written to the journal, and learned
    /// before anything else has its turn, so that the journal has what is learned, in the order it is learned.
    ///
    /// - Parameter strayed: the streams of ``LearnedPart/strays``; all that follows of theirs has to follow them.
    /// - Returns: how many records of the part are done.
    private func learnSlice(
        _ part: BatchPart, from start: Int, of batch: SampleBatch, _ source: UInt64,
        into learned: inout LearnedPart, strayed: inout Set<String>
    ) -> Int {
        let began = Clocks.monotonicNanoseconds()
        let (refused, repeated) = (learned.refused.count, learned.repeated)
        // Taken out, so that it is changed where it is.
        var routes = self.routes.removeValue(forKey: source) ?? []
        if routes.count < batch.layouts.count {
            routes += Array(repeating: nil, count: batch.layouts.count - routes.count)
        }
        // In the pauses between rounds of events most would be dropped: then a stream's newest of the slice is enough.
        let pauseEnd = publisher.pauseEnd(learner: self.number, at: began)
        var slice = Slice(
            began: began, silence: pauseEnd > began + Self.slice ? pauseEnd - began - Self.slice : 0)
        let count = part.count
        var number = start
        var isOutOfTime = false
        while number < count, !isOutOfTime {
            let strays = learned.strays.count
            let before = learned.refused.count
            let end = plan(part, from: number, of: batch, &routes, &strayed, &learned)
            if !record() {
                // Nothing of the chunk has happened.
                learned.strays.removeSubrange(strays...)
                learned.refused.removeSubrange(before...)
                break
            }
            learnChunk(part, from: number, of: batch, &slice, &learned)
            number = end
            isOutOfTime = Clocks.monotonicNanoseconds() - began >= Self.slice
        }
        for stream in slice.silent {
            stream.isSilent = false
            leaveEvent(of: stream, feeds: &slice.feeds)
        }
        self.routes[source] = routes
        rate.record(UInt64(slice.samples), now: began)
        meter.settled(
            learned: slice.samples, repeated: learned.repeated - repeated,
            other: learned.refused.count - refused)
        if isOutOfTime, number < count { publisher.floods[self.number].last(until: began + Self.flood) }
        slice.feeds += conditionFeeds
        conditionFeeds.removeAll(keepingCapacity: true)
        if !slice.feeds.isEmpty { publisher.publish(slice.feeds, learner: self.number) }
        return number
    }

    /// Decides what is to be done with the next records, and writes what is to be learned into the journal's block.
    ///
    /// - Returns: the number of the record behind the last of them.
    private func plan(
        _ part: BatchPart, from start: Int, of batch: SampleBatch, _ routes: inout [ResidentRoute?],
        _ strayed: inout Set<String>, _ learned: inout LearnedPart
    ) -> Int {
        chunk.begin()
        let values = batch.values.span
        let count = part.count
        var number = start
        var bytes = 0
        var layout = -1
        var route: ResidentRoute?
        while number < count, bytes < Self.chunkBytes {
            let place = part[number]
            let record = batch.records[place]
            if record.layout != layout {
                layout = record.layout
                route = routes[layout]
                if route == nil || !strayed.isEmpty {
                    route = open(layout, of: batch, routes: &routes, strayed: &strayed, place, &learned)
                }
            }
            number += 1
            guard let route else {
                // The next record of this layout has to find out by itself.
                layout = -1
                bytes += Self.chunkBytes / 64
                chunk.skip()
                continue
            }
            bytes += route.stream.memoryBytes
            chunk.add(route.stream)
            if route.stream.kind == .symbols {
                // First, as the journal would not know of its number.
                let symbol = batch.symbol(of: record)
                let configuration = route.stream.configuration
                guard configuration.takes(symbol) else {
                    refuse(
                        record, configuration.refusal(of: symbol, place: record.line), route.stream, &learned)
                    chunk.skip()
                    continue
                }
            }
            if let sequence = record.sequence, !route.stream.log.take(sequence, from: route.source) {
                learned.repeated += 1
                chunk.skip()
                continue
            }
            if route.stream.kind == .symbols {
                chunk.symbol(batch.symbol(of: record), of: route, record)
            } else if let places = route.places {
                gather(places, record, values)
                chunk.sample(sample.span, of: route, record)
            } else {
                let first = record.firstValue
                chunk.sample(
                    values.extracting(first..<first + route.stream.channels.count), of: route, record)
            }
        }
        return number
    }

    /// Writes the chunk's block to the journal.
    ///
    /// - Returns: false when that failed and nothing is to be learned then: the streams are as before the chunk.
    private func record() -> Bool {
        guard chunk.block.entryCount > 0 else {
            chunk.keepBeginnings()
            return true
        }
        do throws(SystemError) {
            try journal.append(&chunk.block)
        } catch {
            storage.failed(.journal, error)
            guard storage.learnsWhileFailing else {
                chunk.undo()
                return false
            }
            journal.skip(chunk.block.entryCount)
        }
        return true
    }

    /// Learns what the chunk has.
    private func learnChunk(
        _ part: BatchPart, from start: Int, of batch: SampleBatch, _ slice: inout Slice,
        _ learned: inout LearnedPart
    ) {
        let values = batch.values.span
        var (timed, timedBytes) = (UInt64(0), 0)
        var began = Clocks.monotonicNanoseconds()
        for offset in chunk.routes.indices {
            if let route = chunk.routes[offset] {
                let stream = route.stream
                let record = batch.records[part[start + offset]]
                stream.willChange(at: slice.began)
                if take(record, of: batch, values, by: route, into: &learned) {
                    slice.samples += 1
                    stream.lastFed = slice.began &+ UInt64(slice.samples)
                    stream.time = record.time
                    stream.rate.record(now: slice.began)
                    if let feed = stream.feed, !stream.isSilent {
                        if slice.silence > feed.leadOfARound {
                            stream.isSilent = true
                            slice.silent.append(stream)
                        } else {
                            leaveEvent(of: stream, feeds: &slice.feeds)
                        }
                    }
                    printEvent(of: stream, learned: &learned)
                    timed += 1
                    timedBytes += stream.memoryBytes
                    if timedBytes >= Self.timedBytes {
                        let now = Clocks.monotonicNanoseconds()
                        updates.record(now - began, of: timed)
                        (began, timed, timedBytes) = (now, 0, 0)
                    }
                }
            }
            if settings.print != .none { learned.ends.append(learned.lines.count) }
        }
        if timed > 0 { updates.record(Clocks.monotonicNanoseconds() - began, of: timed) }
    }

    /// Puts a record's values in the order of its stream's channels.
    private func gather(_ places: [Int], _ record: SampleBatch.Record, _ values: Span<Double>) {
        sample.removeAll(keepingCapacity: true)
        for place in places { sample.append(place < 0 ? .nan : values[record.firstValue + place]) }
    }

    /// Has a stream take a sample.
    ///
    /// - Returns: false when it was refused.
    private func take(
        _ record: SampleBatch.Record, of batch: SampleBatch, _ values: Span<Double>, by route: ResidentRoute,
        into learned: inout LearnedPart
    ) -> Bool {
        let stream = route.stream
        let isTaken: Bool
        if let places = route.places {
            gather(places, record, values)
            isTaken = step(stream, record, sample.span, &learned)
        } else if stream.kind == .numbers {
            let first = record.firstValue
            isTaken = step(
                stream, record, values.extracting(first..<first + stream.channels.count), &learned)
        } else {
            let symbol = batch.symbol(of: record)
            isTaken = stream.learner.step(symbol)
            if !isTaken {
                refuse(record, stream.configuration.refusal(of: symbol, place: record.line), stream, &learned)
            }
        }
        if stream.learner.stepCount - stream.requestedStep >= settings.intervalSamples {
            stream.requestedStep = stream.learner.stepCount
            due.insert(stream.name)
            checkpointDue.yield()
        }
        return isTaken
    }

    /// Has a stream take a sample of numbers, after those that are missing before it.
    ///
    /// - Returns: false when it was refused.
    private func step(
        _ stream: LearningStream, _ record: SampleBatch.Record, _ sample: Span<Double>,
        _ learned: inout LearnedPart
    ) -> Bool {
        let verdict = judge(stream, record.time, sample)
        switch verdict {
        case .take, .missing: break
        case .takeAfterGap(let missing):
            tell([ConditionReport(.gap, hasEnded: true, sampleCount: missing)], of: stream, record.time)
        case .takeAfterReset: report(resetOf: stream, to: record.time)
        case .duplicate, .late:
            if let reason = stream.refusal(of: verdict, time: record.time) {
                refuse(record, reason, stream, &learned)
            }
            return false
        }
        stream.learner.step(sample)
        if !stream.learner.reports.isEmpty { tell(stream.learner.reports, of: stream, record.time) }
        return true
    }

    /// Decides about a sample by its time, having passed those that are missing before it: all of them at once, a few
    /// thousand at most, for the journal has the sample already.
    func judge(_ stream: LearningStream, _ time: Double?, _ sample: Span<Double>) -> SampleClock.Verdict {
        while true {
            let verdict = stream.learner.judge(time, sample)
            guard verdict == .missing else { return verdict }
            let count = stream.channels.count
            if absent.count < count { absent = Array(repeating: .nan, count: count) }
            stream.learner.step(absent.span.extracting(0..<count))
        }
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
            routes[layout] = ResidentRoute(
                stream: stream, places: route.places, source: batch.layouts[layout].source)
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

    /// Answers from the thread itself: with a trace there, for the optimiser answers on any thread what leaves none.
    func beat() { beats &+= 1 }
}

extension Rejection {
    /// The answer to a sample that cannot be taken.
    init(_ record: SampleBatch.Record, _ reason: RouteRefusal) {
        self.init(line: record.line, code: reason.code, message: reason.message)
    }
}
