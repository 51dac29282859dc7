import NoBackTrackWire
import Testing

struct LineSplitterTests {
    @Test(arguments: [1, 2, 3, 5, 100])
    func piecesGiveTheSameLines(pieceLength: Int) {
        let bytes = Array("ab\n\nlonger than ten\nc\r\nlast".utf8)
        var splitter = LineSplitter(maxLineBytes: 10)
        var lines: [LineSplitter.Line] = []
        for start in stride(from: 0, to: bytes.count, by: pieceLength) {
            lines += splitter.consume(Array(bytes[start..<min(start + pieceLength, bytes.count)]).span)
        }
        if let last = splitter.finish() { lines.append(last) }
        #expect(
            lines == [
                .bytes(Array("ab".utf8)), .bytes([]), .tooLong, .bytes(Array("c\r".utf8)),
                .bytes(Array("last".utf8)),
            ])
    }

    @Test func aLineOfExactlyTheLimitIsNotTooLong() {
        var splitter = LineSplitter(maxLineBytes: 4)
        #expect(splitter.consume(Array("1234\n12345\n".utf8).span) == [.bytes(Array("1234".utf8)), .tooLong])
        #expect(splitter.finish() == nil)
    }
}
