/// Lines one after the other, each with its newline, in one piece of memory.
package struct SampleLines: Sendable, Equatable {
    private var bytes: [UInt8] = []
    /// Where each line ends in ``bytes``.
    private var ends: [Int] = []
    /// Lines at the beginning that were removed, and where the first of the others begins.
    private var removed = 0
    private var start = 0

    /// No lines.
    package init() {}

    /// How many lines there are.
    package var count: Int { ends.count - removed }
    /// How many bytes they have.
    package var byteCount: Int { bytes.count - start }
    /// Whether there are none.
    package var isEmpty: Bool { count == 0 }

    /// Appends one line.
    ///
    /// - Parameter write: Appends the line's bytes without its newline.
    package mutating func append(_ write: (inout [UInt8]) -> Void) {
        write(&bytes)
        bytes.append(UInt8(ascii: "\n"))
        ends.append(bytes.count)
    }

    /// The bytes of some lines.
    package func bytes(of lines: Range<Int>) -> ArraySlice<UInt8> {
        bytes[begin(of: lines.lowerBound)..<begin(of: lines.upperBound)]
    }

    /// How many lines from `first` on have at most so many bytes together; one, if there is one, whatever it has.
    package func count(from first: Int, within byteCount: Int) -> Int {
        let limit = begin(of: first) + byteCount
        var (low, high) = (first, count)
        while low < high {
            let middle = (low + high + 1) / 2
            if begin(of: middle) <= limit { low = middle } else { high = middle - 1 }
        }
        return max(low - first, min(1, count - first))
    }

    /// Appends some lines of others.
    package mutating func append(_ lines: Range<Int>, of other: SampleLines) {
        let shift = bytes.count - other.begin(of: lines.lowerBound)
        bytes.append(contentsOf: other.bytes(of: lines))
        for line in lines { ends.append(other.begin(of: line + 1) + shift) }
    }

    /// Removes lines at the beginning.
    package mutating func removeFirst(_ count: Int) {
        start = begin(of: count)
        removed += count
        // Every byte is moved once at most for each that is removed.
        guard start > bytes.count / 2 else { return }
        bytes.removeFirst(start)
        ends.removeFirst(removed)
        for place in ends.indices { ends[place] -= start }
        (removed, start) = (0, 0)
    }

    private func begin(of line: Int) -> Int { line == 0 ? start : ends[removed + line - 1] }
}
