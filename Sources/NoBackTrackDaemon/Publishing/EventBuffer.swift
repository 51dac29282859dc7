import NoBackTrackWire

/// Events of one stream, forecasts as numbers, in their order; when there are too many the oldest go.
struct EventBuffer: Sendable {
    /// One event, without the numbers of its forecasts.
    struct Event: Sendable {
        /// Its number among the stream's events; steps are passed over where samples are missing.
        var ordinal: UInt64
        var step: UInt64
        var time: Double?
        var warming: Warming?
        var score: Double?
        var bits: Double?
        /// The whole event as a line, where it is none of a forecast.
        var line: [UInt8]?
        /// Where its figures begin, counted from the first that ever were in the buffer.
        fileprivate var firstFigure = 0
        /// What it takes with its figures.
        fileprivate var bytes = 0

        init(ordinal: UInt64, step: UInt64, time: Double?) {
            self.ordinal = ordinal
            self.step = step
            self.time = time
        }
    }

    private var events: [Event] = []
    private var figures: [Double] = []
    /// The oldest event's place.
    private var head = 0
    /// Figures that were removed from the front.
    private var removed = 0
    /// What the events take with their figures.
    private var bytes = 0

    /// How many events there are.
    var count: Int { events.count - head }

    /// Appends an event; the oldest go when there are `capacity`, or when more than one would take more than `maxBytes`.
    mutating func append(_ event: Event, _ figures: [Double], capacity: Int, maxBytes: Int) {
        var event = event
        event.bytes =
            MemoryLayout<Event>.stride + figures.count * MemoryLayout<Double>.stride
            + (event.line?.count ?? 0)
        while count >= capacity || (count > 0 && bytes + event.bytes > maxBytes) { dropOldest() }
        event.firstFigure = removed + self.figures.count
        bytes += event.bytes
        events.append(event)
        self.figures += figures
    }

    /// An event, by its number from the oldest on.
    subscript(_ number: Int) -> (event: Event, figures: ArraySlice<Double>) {
        let place = head + number
        let start = events[place].firstFigure - removed
        let end = place + 1 < events.count ? events[place + 1].firstFigure - removed : figures.count
        return (events[place], figures[start..<end])
    }

    /// Removes all events and keeps the room they had.
    mutating func removeAll() {
        events.removeAll(keepingCapacity: true)
        figures.removeAll(keepingCapacity: true)
        head = 0
        removed = 0
        bytes = 0
    }

    private mutating func dropOldest() {
        bytes -= events[head].bytes
        events[head].line = nil
        head += 1
        let firstKept = head < events.count ? events[head].firstFigure : removed + figures.count
        // Few events may have many figures.
        guard head >= 64 || firstKept - removed >= 4096, head * 2 >= events.count else { return }
        figures.removeFirst(firstKept - removed)
        removed = firstKept
        events.removeFirst(head)
        head = 0
    }
}
