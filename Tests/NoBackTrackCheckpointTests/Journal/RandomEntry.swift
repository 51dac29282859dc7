import NoBackTrackCheckpoint
import NoBackTrackTestSupport

/// An entry of the journal as it is asked for, to hold what is read against.
struct RandomEntry: Equatable {
    var stream: String
    var source: String?
    var channels: [String] = []
    /// As bits, so that missing values are equal.
    var values: [UInt64] = []
    /// Kind, position, time, sequence and flag; the places are not compared.
    var entry: JournalBlock.Entry

    /// One of any kind.
    init(position: UInt64, _ generator: inout SeededGenerator) {
        func flag() -> Bool { Bool.random(using: &generator) }
        let names = ["a", "boiler 1", "é\u{1F600}", String(repeating: "long", count: 50)]
        stream = names.randomElement(using: &generator) ?? ""
        let kind = [JournalBlock.Kind.begin, .sample, .sample, .sample, .learning, .reset]
            .randomElement(using: &generator)
        entry = JournalBlock.Entry(kind: kind ?? .sample, stream: 0, position: position)
        switch entry.kind {
        case .reset: break
        case .learning: entry.flag = flag()
        case .begin:
            entry.flag = flag()
            channels = names.filter { _ in flag() }
            entry.count = channels.count
        case .sample:
            entry.flag = flag()
            if flag(), !entry.flag { entry.time = generator.signedUnit() * 1e9 }
            if flag() {
                entry.sequence =
                    UInt64.random(in: 0 ... .max, using: &generator)
                    >> UInt64.random(in: 0..<64, using: &generator)
            }
            if entry.sequence != nil, flag() { source = names.randomElement(using: &generator) }
            if entry.flag {
                values = [Double(UInt8.random(in: 0...255, using: &generator)).bitPattern]
            } else {
                values = (0..<Int.random(in: 0..<5, using: &generator)).map { _ in
                    (Int.random(in: 0..<4, using: &generator) == 0 ? Double.nan : generator.signedUnit())
                        .bitPattern
                }
            }
            entry.count = values.count
        }
    }

    /// What a block says that its entries are.
    static func all(of block: JournalBlock) -> [RandomEntry] {
        block.entries.map { RandomEntry($0, block) }
    }

    private init(_ read: JournalBlock.Entry, _ block: JournalBlock) {
        stream = block.streams[read.stream]
        source = read.source.map { block.sources[$0] }
        if read.kind == .begin { channels = Array(block.channels[read.first..<read.first + read.count]) }
        if read.kind == .sample {
            values = block.values[read.first..<read.first + read.count].map(\.bitPattern)
        }
        entry = read
        entry.stream = 0
        entry.source = nil
        entry.first = 0
    }

    /// Puts entries into a block.
    static func write(_ entries: [RandomEntry], to block: inout JournalBlockWriter) {
        block.clear()
        var streams: [String: Int] = [:]
        var sources: [String: UInt64] = [:]
        for entry in entries {
            let stream = streams[entry.stream] ?? block.add(stream: entry.stream)
            streams[entry.stream] = stream
            let source = entry.source.map { name in sources[name] ?? block.add(source: name) }
            if let name = entry.source { sources[name] = source }
            let what = entry.entry
            switch what.kind {
            case .begin:
                block.begin(
                    stream: stream, position: what.position, isSymbols: what.flag, channels: entry.channels)
            case .learning:
                block.learning(stream: stream, position: what.position, isLearning: what.flag)
            case .reset: block.reset(stream: stream, position: what.position)
            case .sample where what.flag:
                block.symbol(
                    stream: stream, position: what.position, sequence: what.sequence, source: source,
                    symbol: UInt8(Double(bitPattern: entry.values[0])))
            case .sample:
                let values = entry.values.map { Double(bitPattern: $0) }
                block.sample(
                    stream: stream, position: what.position, time: what.time, sequence: what.sequence,
                    source: source, values: values.span)
            }
        }
    }
}
