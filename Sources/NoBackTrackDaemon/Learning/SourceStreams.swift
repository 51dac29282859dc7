import NoBackTrackWire

/// Which thread learns the streams that one source feeds, as far as the source has found out. A stream may have left
/// that thread since: the thread says so then.
struct SourceStreams: Sendable {
    /// For every layout the place of its stream in ``threads``.
    private var streams: [Int] = []
    private var places: [String: Int] = [:]
    /// The thread of every stream; -1 where it is not known.
    private var threads: [Int] = []

    /// Takes in layouts that are new.
    mutating func add(_ layouts: [SampleLayout], defaultStream: String) {
        for layout in layouts[min(streams.count, layouts.count)...] {
            let name = layout.stream ?? defaultStream
            if let place = places[name] {
                streams.append(place)
            } else {
                places[name] = threads.count
                streams.append(threads.count)
                threads.append(-1)
            }
        }
    }

    /// Notes which thread has the stream of a layout; nil: none that we know.
    mutating func set(thread: Int?, layout: Int) {
        threads[streams[layout]] = thread ?? -1
    }

    /// Whether we know which thread has the stream of a layout.
    func knows(_ layout: Int) -> Bool { threads[streams[layout]] >= 0 }

    /// Some of a batch's records cut into one part for each thread.
    struct Cut {
        /// At most one part a thread, none of them empty.
        var parts: [(thread: Int, part: BatchPart)] = []
        /// How many of the records are in the parts: all up to the first whose thread is not known.
        var count = 0
    }

    /// Cuts a batch's records from a place on. Where one thread has all, nothing is listed.
    func cut(_ batch: SampleBatch, _ row: Range<Int>, threadCount: Int) -> Cut {
        var first = -1
        for place in row {
            let thread = threads[streams[batch.records[place].layout]]
            if thread < 0 { return whole(row.lowerBound..<place, first) }
            if first < 0 { first = thread }
            if thread != first {
                var lists = [[Int]](repeating: [], count: threadCount)
                lists[first] = Array(row.lowerBound..<place)
                return cut(batch, row, from: place, into: &lists) { $0 }
            }
        }
        return whole(row, first)
    }

    /// Cuts the records at some places.
    func cut(_ batch: SampleBatch, places: [Int], threadCount: Int) -> Cut {
        var lists = [[Int]](repeating: [], count: threadCount)
        return cut(batch, places.indices, from: 0, into: &lists) { places[$0] }
    }

    private func whole(_ row: Range<Int>, _ thread: Int) -> Cut {
        row.isEmpty ? Cut() : Cut(parts: [(thread, .row(row))], count: row.count)
    }

    private func cut(
        _ batch: SampleBatch, _ range: Range<Int>, from start: Int, into lists: inout [[Int]],
        _ place: (Int) -> Int
    ) -> Cut {
        var end = start
        while end < range.upperBound {
            let record = place(end)
            let thread = threads[streams[batch.records[record].layout]]
            if thread < 0 { break }
            lists[thread].append(record)
            end += 1
        }
        let parts = lists.enumerated().filter { !$0.element.isEmpty }
            .map { (thread: $0.offset, part: BatchPart.places($0.element)) }
        return Cut(parts: parts, count: end - range.lowerBound)
    }
}
