import NoBackTrackClient
import NoBackTrackWire
import Testing

struct SendWindowTests {
    static func lines(_ texts: [String]) -> SampleLines {
        var lines = SampleLines()
        for text in texts { lines.append { $0 += Array(text.utf8) } }
        return lines
    }

    static func text(_ piece: (bytes: ArraySlice<UInt8>, resent: UInt64)?) -> String? {
        piece.map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    @Test func whatIsSentAgainIsCounted() {
        var window = SendWindow(capacity: 4)
        #expect(window.append(Self.lines(["a", "b", "c", "d", "e"]), from: 1) == 4)
        #expect(window.room == 0 && window.count == 4)
        #expect(Self.text(window.takeUnsent(4)) == "b\nc\n")
        window.settle(through: 1)
        #expect(window.room == 1 && window.count == 4 && window.settled == 1)
        window.rewind()
        let again = window.takeUnsent(100)
        #expect(Self.text(again) == "c\nd\ne\n" && again?.resent == 1)
        #expect(window.takeUnsent(100) == nil && !window.hasUnsent)
        window.settle(through: 4)
        window.settle(through: 3)
        #expect(window.isEmpty && window.settled == 4 && window.room == 4)
    }

    @Test func bytesAreBoundedToo() {
        var window = SendWindow(capacity: 1_000_000)
        let long = Self.lines(Array(repeating: String(repeating: "x", count: (1 << 20) - 1), count: 10))
        var taken = 0
        while window.room > 0 { taken += window.append(long, from: 0) }
        #expect(taken == 64)
        _ = window.takeUnsent(.max / 2)
        window.settle(through: 1)
        #expect(window.append(long, from: 0) == 1 && window.room == 0)
    }
}
