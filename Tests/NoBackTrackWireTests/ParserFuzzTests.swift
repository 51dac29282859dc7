import NoBackTrackWire
import Testing

struct ParserFuzzTests {
    /// Lines of all formats, good and bad, for cutting and damaging.
    private static let lines = [
        #"{"stream":"boiler","time":1763935200.5,"temp":20.1,"flow":3.2}"#,
        #"{"stream":"boiler","time":1763935201.5,"temp":20.2,"flow":null}"#,
        #"{"stream":"b\u00f6iler","time":"2025-11-23T22:00:00Z","temp":1e3,"seq":7}"#, "[20.1,3.2]",
        #"{"source":"p","seq":8,"temp":1}"#, #"{"source":8,"temp":1}"#,
        "[1e999]",
        "garbage", "", "# comment", "boiler,site=a temp=20.1,flow=3.2 1763935200000000000",
        #"m a=1i,b=t,c="x y" 5"#,
        "time,stream,a,b", "2016-07-01 00:00:00,x,1,2", "2016-07-01 00:00:01,\"y\",,nan", "1,2", "1;2;3",
        "value",
        "42", "{\"a\":1", "a\\ b,c\\,d=e x=1", String(repeating: "9", count: 70), "\"q\"\"\",1",
    ]

    private static let alphabet =
        Array("{}[]\",:=\\ \t;#+-.0123456789eEinfaNtu\r\n\u{0}ä".utf8) + [0xFF, 0xEF, 0xBB, 0xBF]

    private static func text(_ random: inout SplitMix) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...12, using: &random) {
            if Int.random(in: 0..<5, using: &random) == 0 {
                for _ in 0..<Int.random(in: 0..<40, using: &random) {
                    bytes.append(alphabet.randomElement(using: &random) ?? 0)
                }
            } else {
                bytes += Array((lines.randomElement(using: &random) ?? "").utf8)
            }
            bytes.append(UInt8(ascii: "\n"))
        }
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let place = Int.random(in: bytes.indices, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.insert(alphabet.randomElement(using: &random) ?? 0, at: place)
            default: if bytes.count > 1 { bytes.remove(at: place) }
            }
        }
        return bytes
    }

    @Test(arguments: SampleFormat.allCases, [1, 2, 3] as [UInt64])
    func piecesGiveTheSameAsTheWhole(format: SampleFormat, seed: UInt64) {
        var random = SplitMix(state: seed)
        let limits = ParserLimits(maxLineBytes: 64, maxChannels: 3, maxLayouts: 6)
        for _ in 0..<700 {
            let bytes = Self.text(&random)
            let whole = ParsedText(bytes, format, limits: limits, cuts: [])
            let cuts = (0..<Int.random(in: 1...8, using: &random))
                .map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()
            #expect(
                ParsedText(bytes, format, limits: limits, cuts: cuts) == whole,
                "seed \(seed), cuts \(cuts): \(bytes)")
            #expect(
                ParsedText(bytes, format, limits: limits, cuts: Array(bytes.indices)) == whole,
                "seed \(seed): \(bytes)")

            for sample in whole.samples {
                #expect(sample.values.count == sample.channels.count && sample.values.count <= 3)
                #expect(sample.values.allSatisfy { $0?.isFinite ?? true } && sample.time?.isFinite ?? true)
            }
            // A line is either a sample, or refused, or skipped, but never two of them, and all in order.
            let numbers = whole.samples.map(\.line) + whole.rejections.map(\.line)
            #expect(Set(numbers).count == numbers.count)
            #expect(whole.samples.map(\.line) == whole.samples.map(\.line).sorted())
            #expect(whole.rejections.map(\.line) == whole.rejections.map(\.line).sorted())
        }
    }

    @Test(arguments: SampleFormat.allCases, [11, 12] as [UInt64])
    func randomBytesNeverTrap(format: SampleFormat, seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<1500 {
            let bytes = (0..<Int.random(in: 0..<200, using: &random)).map { _ in
                Bool.random(using: &random)
                    ? UInt8.random(in: 0...255, using: &random)
                    : Self.alphabet.randomElement(using: &random) ?? 0
            }
            let whole = ParsedText(bytes, format, cuts: [])
            #expect(whole.samples.allSatisfy { $0.values.allSatisfy { $0?.isFinite ?? true } })
        }
    }

    /// What a line means must not depend on the lines before it, though their shapes are remembered.
    @Test(arguments: [SampleFormat.ndjson, .influx], [21, 22, 23] as [UInt64])
    func rememberedShapesChangeNothing(format: SampleFormat, seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<400 {
            let text = Self.text(&random)
            let together = ParsedText(text, format, cuts: [])
            var apart = ParsedText("", format)
            for (number, line) in text.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
                // A line that is skipped stands in front, for a byte order mark counts in the first line only.
                let one = ParsedText([10] + Array(line), format, cuts: [])
                for var sample in one.samples {
                    sample.line = UInt64(number + 1)
                    apart.samples.append(sample)
                }
                for var rejection in one.rejections {
                    rejection.line = UInt64(number + 1)
                    apart.rejections.append(rejection)
                }
            }
            if text.starts(with: [0xEF, 0xBB, 0xBF]) { continue }
            #expect(together == apart, "seed \(seed): \(text)")
        }
    }
}
