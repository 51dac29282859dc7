import Logging
import NIOCore
import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackWire
import Synchronization

/// All learning: spreads the streams over the learning threads, cuts what sources bring among them, and keeps what all
/// streams share: their number and memory, who leaves, who is only on disk.
///
///     batch of a source ──▶ cut ──┬─▶ LearningThread ─┬──▶ refused samples, lines to print
///                                 └─▶ LearningThread ─┘
///
/// A stream stays on its thread as long as it is in memory. Whoever brings samples waits until they are learned; that
/// is what slows down a producer that is faster than the learning. The actor itself has a part only in what opens,
/// closes or looks at streams, never in their samples.
actor LearningLoop {
    /// Samples whose printed lines are put in order together: more would let too many lines wait.
    private static let printedTogether = 512

    nonisolated let meter: SampleMeter
    var settings: LearningSettings
    private nonisolated let defaultStream: String
    nonisolated let threads: [LearningThread]
    let writer: CheckpointWriter
    nonisolated let keeper: JournalKeeper
    nonisolated let storage: StorageWatch
    let logger: Logger
    private nonisolated let printer: LinePrinter?
    /// Says that a stream has reached its number of samples for a checkpoint.
    nonisolated let checkpointsDue: AsyncStream<Void>
    private nonisolated let executor: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Lets in who brings streams to memory, has them leave, or changes who gets their events.
    nonisolated let opening = Turnstile()
    /// Lets in one batch after the other where lines are printed.
    private nonisolated let printing = Turnstile()
    /// For every source, who learns its streams.
    private nonisolated let sources = Mutex<[UInt64: SourceStreams]>([:])

    /// A stream in memory.
    struct Resident {
        var thread: Int
        var memoryBytes: Int
    }

    /// The streams in memory.
    var residents: [String: Resident] = [:]
    /// What those of every thread take, in bytes.
    var memoryBytes: [Int]
    /// Streams in memory and on disk together, counted when the daemon starts and kept up from then on.
    var streamCount = 0
    /// Whether there may be streams that are only on disk.
    var hasDormantStreams = false
    /// Where the journal goes on of streams that were forgotten, should they begin again.
    var ends: [String: UInt64] = [:]
    /// The streams that a connection has subscribed to, by its mailbox.
    var subscribers: [ObjectIdentifier: Set<String>] = [:]
    /// Subscribers to whatever stream comes first.
    var waitingSubscribers: [Subscription] = []
    /// Subscribers to streams that have left memory.
    var detachedSubscribers: [String: [Subscription]] = [:]
    let startedAt: UInt64
    /// When that was, in seconds since 1970.
    let startTime: Double

    /// Learning without streams.
    ///
    /// - Parameters:
    ///   - eventLoops: one for each learning thread.
    ///   - eventLoop: where streams are opened and looked at.
    init(
        settings: LearningSettings, writer: CheckpointWriter, keeper: JournalKeeper, storage: StorageWatch,
        printer: LinePrinter?, publisher: EventPublisher, eventLoops: [any EventLoop],
        eventLoop: any EventLoop, logger: Logger
    ) {
        self.settings = settings
        defaultStream = settings.defaultStream
        self.writer = writer
        self.keeper = keeper
        self.storage = storage
        self.printer = printer
        self.logger = logger
        executor = eventLoop.executor
        startedAt = Clocks.monotonicNanoseconds()
        startTime = Clocks.wallSeconds()
        let (due, isDue) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let meter = SampleMeter()
        checkpointsDue = due
        self.meter = meter
        threads = eventLoops.enumerated().map { number, eventLoop in
            LearningThread(
                number: number, settings: settings, writer: writer, journal: keeper.journal, storage: storage,
                meter: meter, publisher: publisher,
                checkpointDue: isDue, eventLoop: eventLoop, logger: logger)
        }
        memoryBytes = Array(repeating: 0, count: eventLoops.count)
    }
}

// MARK: - Samples

extension LearningLoop {
    /// Learns the samples of a batch: those of each stream in their order.
    ///
    /// Where lines are printed, batches are learned one after the other, so that lines come in the order of
    /// acceptance whatever thread they come from.
    ///
    /// - Parameter source: tells whose layouts these are; every source keeps its own, and brings one batch at a time.
    /// - Returns: the samples that could not be used, and how many were not taken at all because storage has failed and
    ///   the daemon stops.
    nonisolated func learn(_ batch: SampleBatch, from source: UInt64) async -> (
        refused: [Rejection], untaken: Int
    ) {
        meter.received(unusable: batch.rejections)
        if batch.records.isEmpty { return ([], 0) }
        var streams = sources.withLock { $0.removeValue(forKey: source) } ?? SourceStreams()
        streams.add(batch.layouts, defaultStream: defaultStream)
        var taken = LearnedPart()
        var lines = LineAssembly()
        if let printer {
            await printing.enter()
            for start in stride(from: 0, to: batch.records.count, by: Self.printedTogether) {
                let end = min(start + Self.printedTogether, batch.records.count)
                await learn(start..<end, of: batch, from: source, &streams, &taken, &lines)
                printer.enqueue(lines.text)
                lines = LineAssembly()
                await printer.room()
            }
            printing.leave()
        } else {
            await learn(0..<batch.records.count, of: batch, from: source, &streams, &taken, &lines)
        }
        let known = streams
        sources.withLock { $0[source] = known }
        meter.rejected(taken.refused)
        if taken.untaken > 0 { meter.settled(learned: 0, other: taken.untaken) }
        return (taken.refused, taken.untaken)
    }

    /// Forgets a source's layouts.
    nonisolated func forget(source: UInt64) async {
        sources.withLock { _ = $0.removeValue(forKey: source) }
        for thread in threads { await thread.forget(source: source) }
    }

    private nonisolated func learn(
        _ row: Range<Int>, of batch: SampleBatch, from source: UInt64, _ streams: inout SourceStreams,
        _ taken: inout LearnedPart, _ lines: inout LineAssembly
    ) async {
        var next = row.lowerBound
        while next < row.upperBound {
            // Nothing overtakes what was not taken, should storage recover just now.
            guard taken.untaken == 0 else {
                taken.untaken += row.upperBound - next
                return
            }
            let cut = streams.cut(batch, next..<row.upperBound, threadCount: threads.count)
            next += cut.count
            // Before anything that follows: it may be of the same streams.
            var strays = await learn(cut, of: batch, from: source, &streams, &taken, &lines)
            while let first = strays.first {
                guard taken.untaken == 0 else {
                    taken.untaken += strays.count
                    break
                }
                await open(first, of: batch, from: source, &streams, &taken, &lines)
                strays.removeFirst()
                let cut = streams.cut(batch, places: strays, threadCount: threads.count)
                let again = await learn(cut, of: batch, from: source, &streams, &taken, &lines)
                strays = again + strays[cut.count...]
            }
            guard next < row.upperBound, taken.untaken == 0 else { continue }
            // Those that strayed may have made its thread known meanwhile: then it is the next cut's.
            guard !streams.knows(batch.records[next].layout) else { continue }
            await open(next, of: batch, from: source, &streams, &taken, &lines)
            next += 1
        }
    }

    /// Has every thread learn its part.
    ///
    /// - Returns: the places of the records whose stream was not where the source thought, in their order.
    private nonisolated func learn(
        _ cut: SourceStreams.Cut, of batch: SampleBatch, from source: UInt64, _ streams: inout SourceStreams,
        _ taken: inout LearnedPart, _ lines: inout LineAssembly
    ) async -> [Int] {
        var strays: [Int] = []
        func gather(_ part: BatchPart, _ learned: LearnedPart) {
            taken.refused += learned.refused
            taken.untaken += learned.untaken
            strays += learned.strays
            lines.add(part, learned)
        }
        if cut.parts.count == 1 {
            let (thread, part) = cut.parts[0]
            gather(part, await threads[thread].learn(part, of: batch, from: source))
        } else if cut.parts.count > 1 {
            await withTaskGroup(of: (BatchPart, LearnedPart).self) { tasks in
                for (number, part) in cut.parts {
                    let thread = threads[number]
                    tasks.addTask { (part, await thread.learn(part, of: batch, from: source)) }
                }
                for await (part, learned) in tasks { gather(part, learned) }
            }
            strays.sort()
        }
        for place in strays { streams.set(thread: nil, layout: batch.records[place].layout) }
        return strays
    }

    /// Brings the stream of a record to memory, has the record learned, and notes where that was.
    private nonisolated func open(
        _ place: Int, of batch: SampleBatch, from source: UInt64, _ streams: inout SourceStreams,
        _ taken: inout LearnedPart, _ lines: inout LineAssembly
    ) async {
        let part = BatchPart.row(place..<place + 1)
        do throws(RouteRefusal) {
            let (thread, learned) = try await open(place, of: batch, from: source)
            streams.set(thread: thread, layout: batch.records[place].layout)
            taken.refused += learned.refused
            taken.untaken += learned.untaken
            lines.add(part, learned)
        } catch {
            taken.refused.append(Rejection(batch.records[place], error))
            meter.settled(learned: 0, other: 1)
        }
    }
}

extension LearningLoop {
    /// Samples learned since the start.
    nonisolated var samples: UInt64 { meter.samples }

    /// What to say when there was input and not one sample in it.
    nonisolated var unusableInput: DaemonFailure? {
        let lines = meter.rejected.values.reduce(0, +)
        guard samples == 0, lines > 0 else { return nil }
        return DaemonFailure(.unusableData, "not one of the \(lines) lines of standard input was a sample")
    }

    /// The streams that want a checkpoint because of their samples; asking settles it.
    nonisolated func takeDue() async -> [String] {
        var due: [String] = []
        for thread in threads { due += await thread.takeDue() }
        return due.sorted()
    }

    /// Tells the service manager that learning goes on, once every thread that learns has answered.
    nonisolated func beat() async {
        for thread in threads { await thread.beat() }
        ServiceManager.notify("WATCHDOG=1")
    }

    /// Streams, samples, rate and last checkpoint in one line.
    var statusLine: String {
        get async {
            var rate = 0.0
            var last: Double?
            for thread in threads {
                let report = await thread.report()
                rate += report.samplesPerSecond
                last = [last, report.lastCheckpoint].compactMap { $0 }.max()
            }
            let perSecond = (rate * 10).rounded() / 10
            let age = last.map { "last checkpoint \(Int(max(0, Clocks.wallSeconds() - $0))) s ago" }
            return
                "\(residents.count) streams, \(samples) samples, \(perSecond) a second, \(age ?? "no checkpoint yet")"
        }
    }
}
