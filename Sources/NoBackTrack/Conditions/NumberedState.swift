/// A part of the state that is a fixed number of numbers: visiting them both saves and restores them, so that the two
/// cannot disagree.
protocol NumberedState {
    /// Lends every number, in a fixed order.
    mutating func forEachNumber(_ body: (inout Double) -> Void)
}

extension StateCoder {
    /// Saves the parts as one tensor, a row for each, or restores them from it.
    ///
    /// - Throws: ``StateError`` as ``exchange(_:shape:_:)`` does.
    mutating func exchange(_ name: String, _ parts: inout [some NumberedState]) throws(StateError) {
        var numbers: [Double] = []
        for part in parts.indices { parts[part].forEachNumber { numbers.append($0) } }
        let shape = [parts.count, parts.isEmpty ? 0 : numbers.count / parts.count]
        try exchange(name, shape: shape, &numbers)
        var place = 0
        for part in parts.indices {
            parts[part].forEachNumber {
                $0 = numbers[place]
                place += 1
            }
        }
    }
}
