/// Cuts bytes that come in pieces into lines of bounded length.
///
/// A line ends with a line feed, which is not part of it. Of a line that is too long nothing is kept, so that
/// no sender can make it hold more than the limit.
package struct LineSplitter: Sendable {
    /// A line, or the news of one that was too long.
    package enum Line: Sendable, Equatable {
        /// The bytes of a line, without its newline (a carriage return before it stays).
        case bytes([UInt8])
        /// A line was longer than the limit; it was dropped.
        case tooLong
    }

    private let maxLineBytes: Int
    private var pending: [UInt8] = []
    private var isSkipping = false

    /// Creates a splitter.
    ///
    /// - Parameter maxLineBytes: The longest line that is handed out, in bytes; positive.
    package init(maxLineBytes: Int = 65_536) {
        precondition(maxLineBytes > 0, "the limit is positive")
        self.maxLineBytes = maxLineBytes
    }

    /// The bytes of a line that has begun, for another splitter to go on with; nil within one that is too long.
    package var continuation: [UInt8]? { isSkipping ? nil : pending }

    /// Takes the next bytes and gives back the lines they complete.
    package mutating func consume(_ bytes: Span<UInt8>) -> [Line] {
        var lines: [Line] = []
        consume(bytes) { line, isTooLong in
            lines.append(isTooLong ? .tooLong : .bytes(Array(copying: line)))
        }
        return lines
    }

    /// Ends the input and gives back a last line that had no newline.
    package mutating func finish() -> Line? {
        var last: Line?
        finish { line, isTooLong in
            last = isTooLong ? .tooLong : .bytes(Array(copying: line))
        }
        return last
    }

    /// Takes the next bytes and calls `body` with each line they complete, in place.
    ///
    /// - Parameter body: Gets the line and whether it was too long, in which case the line is empty. The news
    ///   of a line that is too long comes when the limit is passed, not when the line ends.
    mutating func consume(_ bytes: Span<UInt8>, _ body: (Span<UInt8>, Bool) -> Void) {
        var start = 0
        while start < bytes.count {
            let end = bytes.firstIndex(of: UInt8(ascii: "\n"), from: start)
            take(bytes.extracting(start..<(end ?? bytes.count)), isComplete: end != nil, body)
            start = (end ?? bytes.count) + 1
        }
    }

    /// Ends the input and calls `body` with a last line that had no newline, as ``consume(_:_:)`` does.
    mutating func finish(_ body: (Span<UInt8>, Bool) -> Void) {
        if !isSkipping && !pending.isEmpty { body(pending.span, false) }
        pending = []
        isSkipping = false
    }

    /// Takes a piece of a line.
    private mutating func take(_ piece: Span<UInt8>, isComplete: Bool, _ body: (Span<UInt8>, Bool) -> Void) {
        if !isSkipping && pending.count + piece.count > maxLineBytes {
            pending.removeAll(keepingCapacity: true)
            isSkipping = true
            body(pending.span, true)
        }
        if isSkipping {
            isSkipping = !isComplete
        } else if !isComplete {
            pending.append(copying: piece)
        } else if pending.isEmpty {
            body(piece, false)
        } else {
            pending.append(copying: piece)
            body(pending.span, false)
            pending.removeAll(keepingCapacity: true)
        }
    }
}
