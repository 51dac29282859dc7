/// The shapes of lines met on a connection, and a guess which one comes next.
struct LineTemplates: Sendable {
    private var templates: [LineTemplate] = []
    /// The place of a template by its hash. Of two with one hash the newer is found.
    private var places: [UInt64: Int] = [:]
    private var last = 0
    private var size = 0
    private let maxSize: Int

    /// - Parameter maxSize: How many bytes the shapes may take before all are forgotten; the newest is kept in any case.
    init(maxSize: Int) {
        self.maxSize = maxSize
    }

    /// Reads a line if it has the shape that is expected.
    ///
    /// Expected is what came after the last line's shape before, so that streams which take turns are all
    /// foreseen; or else the last line's shape again.
    mutating func read(
        _ line: Span<UInt8>, _ syntax: LineSyntax, into values: inout [Double]
    ) -> (layout: Int, time: Double?, sequence: UInt64?)? {
        if templates.isEmpty { return nil }
        let successor = templates[last].successor
        if let (time, sequence) = templates[successor].read(line, syntax, into: &values) {
            last = successor
            return (templates[last].layout, time, sequence)
        }
        if successor != last, let (time, sequence) = templates[last].read(line, syntax, into: &values) {
            templates[last].successor = last
            return (templates[last].layout, time, sequence)
        }
        return nil
    }

    /// The layout of lines of this shape, if there were such lines; the next guess starts from it.
    mutating func layout(of shape: LineTemplate) -> Int? {
        guard let place = places[shape.hash], templates[place].hasShape(of: shape) else {
            return nil
        }
        follow(with: place)
        return templates[place].layout
    }

    /// Keeps the shape of a line whose layout is known by now.
    mutating func insert(_ shape: LineTemplate, layout: Int) {
        size += shape.memoryBytes
        if size > maxSize {
            templates = []
            places = [:]
            last = 0
            size = shape.memoryBytes
        }
        var shape = shape
        let place = templates.count
        shape.layout = layout
        shape.successor = place
        templates.append(shape)
        places[shape.hash] = place
        follow(with: place)
    }

    private mutating func follow(with place: Int) {
        templates[last].successor = place
        last = place
    }
}
