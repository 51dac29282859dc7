package import NoBackTrackWire

/// The samples that are on their way: read from the input, not settled yet.
///
/// Samples have the numbers of the whole input, the first is 1. On a connection they are sent in order; when it breaks,
/// they are sent again from the first that is not settled.
package struct SendWindow: Sendable {
    /// The most bytes that are held, but for what one more append brings.
    package static let mostBytes = 64 << 20

    /// The most samples that are held.
    package let capacity: Int
    private var lines = SampleLines()
    /// How many samples are settled, all of them before the others.
    package private(set) var settled: UInt64 = 0
    /// How many samples are sent on this connection or were settled before.
    package private(set) var sent: UInt64 = 0
    /// How many samples were sent on any connection.
    private var everSent: UInt64 = 0

    /// An empty window.
    ///
    /// - Parameter capacity: The most samples that are held, at least 1.
    package init(capacity: Int) {
        precondition(capacity >= 1, "nothing goes through a window without room")
        self.capacity = capacity
    }

    /// How many samples were put in so far.
    package var count: UInt64 { settled + UInt64(lines.count) }
    /// Whether all are settled.
    package var isEmpty: Bool { lines.isEmpty }
    /// Whether there is something to send.
    package var hasUnsent: Bool { sent < count }
    /// For how many samples there is room.
    package var room: Int { lines.byteCount < Self.mostBytes ? capacity - lines.count : 0 }

    /// Takes as many lines from `first` on as there is room for.
    ///
    /// - Returns: How many.
    package mutating func append(_ others: SampleLines, from first: Int) -> Int {
        let free = Self.mostBytes - lines.byteCount
        let taken = free > 0 ? min(room, others.count(from: first, within: free)) : 0
        lines.append(first..<first + taken, of: others)
        return taken
    }

    /// Hands out the next lines to send.
    ///
    /// - Returns: The bytes, about as many as said; nil when all are sent. Besides how many were sent before already.
    package mutating func takeUnsent(_ byteCount: Int) -> (bytes: ArraySlice<UInt8>, resent: UInt64)? {
        guard hasUnsent else { return nil }
        let first = Int(sent - settled)
        let taken = lines.count(from: first, within: byteCount)
        let resent = min(everSent, sent + UInt64(taken)) - min(everSent, sent)
        sent += UInt64(taken)
        everSent = max(everSent, sent)
        return (lines.bytes(of: first..<first + taken), resent)
    }

    /// Forgets the samples up to this number, none of which is unsent.
    package mutating func settle(through number: UInt64) {
        precondition(number <= sent, "what was not sent cannot be settled")
        guard number > settled else { return }
        lines.removeFirst(Int(number - settled))
        settled = number
    }

    /// Begins another connection, on which nothing is sent yet.
    package mutating func rewind() { sent = settled }
}
