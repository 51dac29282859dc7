import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackWire

extension LearningThread {
    /// Has streams go through what they did after their checkpoints.
    ///
    /// - Parameter places: of entries of the block whose streams are in memory here, in their order.
    /// - Returns: for streams with entries that do not follow what came before, what is lost of them.
    func replay(_ block: JournalBlock, _ places: [Int]) -> [String: LostEntries] {
        var lost: [String: LostEntries] = [:]
        var known = [LearningStream?](repeating: nil, count: block.streams.count)
        let values = block.values.span
        let now = Clocks.monotonicNanoseconds()
        for place in places {
            let entry = block.entries[place]
            if known[entry.stream] == nil { known[entry.stream] = streams[block.streams[entry.stream]] }
            guard let stream = known[entry.stream], entry.kind != .begin,
                entry.position >= stream.log.position
            else { continue }
            guard entry.position == stream.log.position, fits(entry, stream) else {
                lost[stream.name, default: LostEntries()].add(position: entry.position)
                continue
            }
            stream.willChange(at: now)
            stream.log.replay(sequence: entry.sequence, source: entry.source.map { block.sources[$0] })
            switch entry.kind {
            case .sample:
                step(stream, entry, values.extracting(entry.first..<entry.first + entry.count))
            case .learning: stream.learner.isLearning = entry.flag
            case .begin, .reset: break
            }
        }
        return lost
    }

    /// Whether a sample is of the stream's kind and channels.
    private func fits(_ entry: JournalBlock.Entry, _ stream: LearningStream) -> Bool {
        guard entry.kind == .sample else { return true }
        return entry.flag == (stream.kind == .symbols) && (entry.flag || entry.count == stream.channels.count)
    }

    private func step(_ stream: LearningStream, _ entry: JournalBlock.Entry, _ values: Span<Double>) {
        if entry.flag {
            _ = stream.learner.step(UInt8(values[0]))
            return
        }
        switch judge(stream, entry.time, values) {
        case .duplicate, .late: return
        case .take, .takeAfterGap, .takeAfterReset, .missing: break
        }
        stream.learner.step(values)
        stream.time = entry.time
    }

    /// Has a stream go on behind what is lost of its journal.
    func skip(_ name: String, to end: UInt64) { streams[name]?.log.skip(to: end) }

    /// The position at which a stream's journal goes on; nil when it is not here.
    func position(of name: String) -> UInt64? { streams[name]?.log.position }
}
