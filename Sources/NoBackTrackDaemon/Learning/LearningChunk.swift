import NoBackTrackCheckpoint
import NoBackTrackWire

/// A layout's way to a stream in memory.
struct ResidentRoute {
    var stream: LearningStream
    /// As ``SampleRoute/places``.
    var places: [Int]?
    /// Whose sequence numbers its samples have; nil: they do not say.
    var source: String?
}

/// Some records that are decided on, written to the journal and learned in one go.
struct LearningChunk {
    /// Where each record goes; nil: nothing is to be done with it.
    private(set) var routes: [ResidentRoute?] = []
    /// What the journal gets.
    var block = JournalBlockWriter()
    /// Tells it from others, so that streams need not be told when one ends.
    private var number: UInt64 = 0
    /// The streams it changes, as they were before.
    private var before: [(stream: LearningStream, log: StreamLog)] = []
    /// The sources named in the block.
    private var sources: [(name: String, number: UInt64)] = []

    /// Begins the next one.
    mutating func begin() {
        routes.removeAll(keepingCapacity: true)
        before.removeAll(keepingCapacity: true)
        sources.removeAll(keepingCapacity: true)
        block.clear()
        number += 1
    }

    /// Nothing is to be done with a record.
    mutating func skip() { routes.append(nil) }

    /// A record of the stream follows.
    mutating func add(_ stream: LearningStream) {
        guard !stream.log.isNamed(in: number) else { return }
        before.append((stream, stream.log))
        let name = block.add(stream: stream.name)
        switch stream.log.beginning {
        case nil: break
        case .instead?:
            block.reset(stream: name, position: stream.log.position - 1)
            begin(stream, name)
        case .new?: begin(stream, name)
        }
        stream.log.name(name, in: number)
    }

    /// A sample of numbers, in the order of its stream's channels, is to be learned.
    mutating func sample(_ values: Span<Double>, of route: ResidentRoute, _ record: SampleBatch.Record) {
        block.sample(
            stream: route.stream.log.blockNumber, position: route.stream.log.advance(), time: record.time,
            sequence: record.sequence, source: source(of: route, record), values: values)
        routes.append(route)
    }

    /// A symbol is to be learned.
    mutating func symbol(_ symbol: UInt8, of route: ResidentRoute, _ record: SampleBatch.Record) {
        block.symbol(
            stream: route.stream.log.blockNumber, position: route.stream.log.advance(),
            sequence: record.sequence, source: source(of: route, record), symbol: symbol)
        routes.append(route)
    }

    /// A stream is to stop learning, or to go on.
    mutating func learning(_ stream: LearningStream, _ isLearning: Bool) {
        add(stream)
        block.learning(
            stream: stream.log.blockNumber, position: stream.log.advance(), isLearning: isLearning)
    }

    /// A stream is to be forgotten.
    mutating func reset(_ stream: LearningStream) {
        add(stream)
        block.reset(stream: stream.log.blockNumber, position: stream.log.advance())
    }

    /// Nothing of it happens.
    mutating func undo() {
        for (stream, log) in before { stream.log = log }
    }

    /// Nothing of it is written, as it has no entry.
    mutating func keepBeginnings() {
        for (stream, log) in before { stream.log.restoreBeginning(of: log) }
    }

    private mutating func begin(_ stream: LearningStream, _ name: Int) {
        block.begin(
            stream: name, position: stream.log.position, isSymbols: stream.kind == .symbols,
            channels: stream.channels)
    }

    /// The number of a sample's source in the block; nil when the sample has no sequence number or does not say.
    private mutating func source(of route: ResidentRoute, _ record: SampleBatch.Record) -> UInt64? {
        guard record.sequence != nil, let name = route.source else { return nil }
        if let known = sources.last(where: { $0.name == name }) { return known.number }
        let number = block.add(source: name)
        sources.append((name, number))
        return number
    }
}
