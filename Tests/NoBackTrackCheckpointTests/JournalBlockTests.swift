import NoBackTrackCheckpoint
import Testing

@Suite struct JournalBlockTests {
    @Test func `positions that cannot be counted on from make no block`() throws {
        func payload(position: UInt64) -> [UInt8] {
            var writer = JournalBlockWriter()
            writer.reset(stream: writer.add(stream: "boiler"), position: position)
            return Array(writer.bytes.dropFirst(JournalFormat.blockHeaderBytes))
        }
        let last = JournalFormat.positionEnd - 1
        #expect(JournalBlock(decoding: payload(position: last).span)?.entries.first?.position == last)
        #expect(JournalBlock(decoding: payload(position: last + 1).span) == nil)
        #expect(JournalBlock(decoding: payload(position: .max - 1).span) == nil)
    }
}
