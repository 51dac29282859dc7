import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackTestSupport
import Testing

@Suite struct SafetensorsFileTests {
    @Test func `the bytes of a small file`() {
        let file = SafetensorsFile(
            metadata: ["b": "2", "a": "\"\\\u{1}é"],
            tensors: [
                StateTensor(name: "x", shape: [1], elements: .float32([1])),
                StateTensor(name: "y", shape: [1], elements: .uint64([258])),
            ])
        let header =
            #"{"__metadata__":{"a":"\"\\\u0001é","b":"2"},"x":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"#
            + #""y":{"dtype":"U64","shape":[1],"data_offsets":[0,8]}}"#
        let expected = Samples.file(header: header) + [2, 1, 0, 0, 0, 0, 0, 0] + [0, 0, 0x80, 0x3F]
        #expect(file.encoded() == expected)
    }

    @Test func `what is written is read, to the bit and in order`() throws {
        let file = SafetensorsFile(
            metadata: ["": "", "key": "\u{0}\u{7F}\t\n/😀 \u{2028}", "checksum": "x"], tensors: Samples.tensors
        )
        let bytes = file.encoded()
        let read = try SafetensorsFile(decoding: bytes)
        #expect(read == file)
        // -0 equals 0, so that equality is not enough: the same bits give the same bytes.
        #expect(read.encoded() == bytes)
    }

    @Test func `numbers that are not finite keep their bits`() throws {
        let quiet = Float(bitPattern: 0x7FC1_2345)
        let file = SafetensorsFile(
            metadata: [:],
            tensors: [
                StateTensor(name: "f", shape: [2], elements: .float32([quiet, -.infinity])),
                StateTensor(
                    name: "d", shape: [1], elements: .float64([Double(bitPattern: 0xFFF8_0000_0000_0001)])),
            ])
        #expect(try SafetensorsFile(decoding: file.encoded()).encoded() == file.encoded())
    }

    @Test func `a file without anything is a file`() throws {
        let empty = SafetensorsFile(metadata: [:], tensors: [])
        #expect(try SafetensorsFile(decoding: empty.encoded()) == empty)
        #expect(try SafetensorsFile(decoding: Samples.file(header: "{}")) == empty)
    }

    @Test func `arrays are aligned to their elements`() throws {
        let bytes = SafetensorsFile(metadata: ["k": "v"], tensors: Samples.tensors).encoded()
        let headerLength = Int(bytes[0]) | Int(bytes[1]) << 8
        #expect(headerLength % 8 == 0)
        // The two 4-byte arrays, 3 and 1 elements, lie behind all of 8 bytes.
        #expect(bytes.count == 8 + headerLength + 5 * 8 + 4 * 4)
        #expect(bytes.suffix(4) == [0, 0, 0xC0, 0x3F])
    }

    @Test func `headers as other writers make them are read`() throws {
        let header =
            "\t{ \"w\" :\r\n{\"shape\":[ 2 , 1 ],\"data_offsets\":[0,8],\"dtype\":\"F32\"} , "
            + #""__metadata__":{"\u0061\/\b\f\n\r\t":"\ud83d\ude00\u00e9"}}"#
        let file = try SafetensorsFile(decoding: Samples.file(header: header, dataCount: 8))
        #expect(file.metadata == ["a/\u{8}\u{C}\n\r\t": "😀é"])
        #expect(file.tensors == [StateTensor(name: "w", shape: [2, 1], elements: .float32([0, 0]))])
    }

    /// What follows `"x":` in a header, with 8 bytes of data.
    @Test(arguments: [
        #"{"dtype":"F32","shape":[2],"data_offsets":[0,9]}"#,
        #"{"dtype":"F32","shape":[2],"data_offsets":[0,4]}"#,
        #"{"dtype":"F32","shape":[2],"data_offsets":[8,0]}"#,
        #"{"dtype":"F32","shape":[2],"data_offsets":[4,12]}"#,
        #"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#,
        #"{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}"#,
        #"{"dtype":"F32","shape":[2],"data_offsets":[8]}"#,
        #"{"dtype":"F32","shape":[2],"data_offsets":[]}"#,
        #"{"dtype":"F32","shape":[4],"data_offsets":[0,16]}"#,
        #"{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,8]}"#,
        #"{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}"#,
        #"{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8]}"#,
        #"{"dtype":"F32","shape":[99999999999999999999999999],"data_offsets":[0,8]}"#,
        #"{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}"#,
        #"{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}"#,
        #"{"dtype":"F32","shape":[02],"data_offsets":[0,8]}"#,
        #"{"dtype":"F32","shape":[2e0],"data_offsets":[0,8]}"#,
        #"{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}"#,
        #"{"dtype":"F32","shape":[2,],"data_offsets":[0,8]}"#,
        #"{"dtype":"F32","shape":2,"data_offsets":[0,8]}"#,
        #"{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}"#,
        #"{"dtype":"BF16","shape":[4],"data_offsets":[0,8]}"#,
        #"{"dtype":32,"shape":[2],"data_offsets":[0,8]}"#,
        #"{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}"#,
        #"{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}"#,
        #"{"dtype":"F32","shape":[2]}"#,
        #"{"shape":[2],"data_offsets":[0,8]}"#,
        #"{}"#, #"[]"#, #"null"#, #"{"dtype""#, #"{"dtype":"F32","#, #""#,
    ])
    func `an entry that lies is refused`(entry: String) {
        let bytes = Samples.file(header: "{\"x\":\(entry)}", dataCount: 8)
        #expect(throws: SafetensorsError.self) { try SafetensorsFile(decoding: bytes) }
    }

    private static let good = #"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#
    private static let goodToo = #"{"dtype":"F32","shape":[1],"data_offsets":[4,8]}"#

    /// Whole headers, with 8 bytes of data.
    @Test(arguments: [
        "", " ", "{", "}", "[]", "null", "\"x\"", "{} {}", "{}x",
        "{\"x\":\(good),\"y\":\(good)}", "{\"x\":\(good)}", "{\"x\":\(goodToo)}",
        "{\"x\":\(good),\"x\":\(goodToo)}", "{\"x\":\(good),\"y\":\(goodToo),}",
        "{\"x\":\(good) \"y\":\(goodToo)}",
        "{\"__metadata__\":{},\"__metadata__\":{},\"x\":\(good),\"y\":\(goodToo)}",
        "{\"__metadata__\":{\"a\":1},\"x\":\(good),\"y\":\(goodToo)}",
        "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"},\"x\":\(good),\"y\":\(goodToo)}",
        "{\"__metadata__\":[],\"x\":\(good),\"y\":\(goodToo)}",
        "{\"x\\\":\(good),\"y\":\(goodToo)}", "{\"\\ud800\":\(good),\"y\":\(goodToo)}",
        "{\"\\ud800\\u0041\":\(good),\"y\":\(goodToo)}", "{\"\\udc00\":\(good),\"y\":\(goodToo)}",
        "{\"\\u00\":\(good),\"y\":\(goodToo)}", "{\"\\x\":\(good),\"y\":\(goodToo)}",
        "{\"\u{1}\":\(good),\"y\":\(goodToo)}", "{\"x\":\(good),\"y\":\(goodToo)", "{\"", "{\"\\", "{\"\\u12",
        "{\"\\ud800\\", "{\"\\ud800\\u",
    ])
    func `a header that is wrong is refused`(header: String) {
        let bytes = Samples.file(header: header, dataCount: 8)
        #expect(throws: SafetensorsError.self) { try SafetensorsFile(decoding: bytes) }
    }

    @Test func `the two good entries of those tests are good`() throws {
        let header = "{\"x\":\(Self.good),\"y\":\(Self.goodToo)}"
        #expect(try SafetensorsFile(decoding: Samples.file(header: header, dataCount: 8)).tensors.count == 2)
    }

    @Test func `names that are not UTF-8 are refused`() {
        var bytes = Samples.file(header: "{\"x\":\(Self.good)}", dataCount: 4)
        bytes[10] = 0xFF
        #expect(throws: SafetensorsError.self) { try SafetensorsFile(decoding: bytes) }
    }

    @Test(arguments: [UInt64(1), 57, 100_000_000, 100_000_001, 1 << 62, 1 << 63, .max])
    func `a header length beyond the file is refused`(length: UInt64) {
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
        #expect(throws: SafetensorsError.self) { try SafetensorsFile(decoding: bytes) }
    }

    @Test func `brackets without end neither recurse nor take long`() {
        let bytes = Samples.file(header: String(repeating: "{\"a\":[", count: 200_000))
        #expect(throws: SafetensorsError.self) { try SafetensorsFile(decoding: bytes) }
    }

    @Test func `every truncation and every extension is refused`() {
        let bytes = SafetensorsFile(metadata: ["k": "v"], tensors: Samples.tensors).encoded()
        for count in 0..<bytes.count {
            #expect(throws: SafetensorsError.self) { try SafetensorsFile(decoding: Array(bytes[..<count])) }
        }
        #expect(throws: SafetensorsError.trailingBytes(1)) { try SafetensorsFile(decoding: bytes + [0]) }
    }

    /// Random edits of a valid file. Nothing may trap, and what is accepted must be a consistent file.
    @Test(arguments: UInt64(0)..<8)
    func `arbitrary damage never traps`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let valid = SafetensorsFile(metadata: ["k": "v\u{1}é"], tensors: Samples.tensors).encoded()
        let headerEnd = 8 + Int(valid[0]) + Int(valid[1]) << 8
        let alphabet = Array("{}[]\",:\\u0123456789 FU-e.\u{0}".utf8) + [0xFF, 0xC3, 0x80]
        for _ in 0..<2_000 {
            var bytes = valid
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                // Mostly in the header, where damage has meaning.
                let index = Int.random(in: 8..<headerEnd, using: &generator) % bytes.count
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(alphabet.randomElement(using: &generator)!, at: index)
                case 3:
                    bytes[Int.random(in: 0..<8, using: &generator)] = .random(in: 0...255, using: &generator)
                default: bytes[index] = alphabet.randomElement(using: &generator)!
                }
            }
            guard let file = try? SafetensorsFile(decoding: bytes) else { continue }
            #expect(try SafetensorsFile(decoding: file.encoded()).encoded() == file.encoded(), "seed \(seed)")
        }
    }
}
