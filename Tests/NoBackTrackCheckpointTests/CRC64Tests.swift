import NoBackTrackCheckpoint
import Testing

@Suite struct CRC64Tests {
    @Test func `the published check value`() {
        var checksum = CRC64()
        checksum.update(Array("123456789".utf8))
        #expect(checksum.value == 0x995D_C9BB_DF19_39FA)
        #expect(CRC64().value == 0)
    }

    @Test(arguments: 0..<40)
    func `eight bytes at a time give what bit by bit gives, however the bytes are cut`(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ count) }
        for cut in 0...count {
            var checksum = CRC64()
            checksum.update(Array(bytes[..<cut]))
            checksum.update(Array(bytes[cut...]))
            #expect(checksum.value == Self.bitByBit(bytes))
        }
    }

    private static func bitByBit(_ bytes: [UInt8]) -> UInt64 {
        var register = UInt64.max
        for byte in bytes {
            register ^= UInt64(byte)
            for _ in 0..<8 {
                register = register & 1 == 1 ? register >> 1 ^ 0xC96C_5795_D787_0F42 : register >> 1
            }
        }
        return ~register
    }
}
