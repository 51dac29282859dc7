import NoBackTrackWire
import Testing

/// Raw frames of numbers.
struct RawFrameTests {
    static let formats: [SampleFormat] = [.f32le, .f64le]

    /// Numbers as the bytes of a format.
    private static func bytes(_ numbers: [Double], _ format: SampleFormat) -> [UInt8] {
        numbers.flatMap { number in
            let bits = format == .f32le ? UInt64(Float(number).bitPattern) : number.bitPattern
            return (0..<(format == .f32le ? 4 : 8)).map { UInt8(truncatingIfNeeded: bits >> ($0 * 8)) }
        }
    }

    @Test(arguments: formats)
    func framesAreSamplesWithoutNames(format: SampleFormat) {
        let parsed = ParsedText(Self.bytes([1.5, -2, .nan, 0.25], format), format, cuts: [])
        #expect(
            parsed.samples == [
                .init(line: 1, channels: ["c0", "c1"], isPositional: true, values: [1.5, -2]),
                .init(line: 2, channels: ["c0", "c1"], isPositional: true, values: [nil, 0.25]),
            ])
        #expect(parsed.rejections.isEmpty)
        #expect(parsed.format == format)
    }

    @Test(arguments: formats)
    func namesThatAreGivenAreTheChannels(format: SampleFormat) {
        let frame = SampleLayout(stream: nil, channels: ["temp", "flow", "level"])
        let parsed = ParsedText(Self.bytes([1, 2, 3], format), format, frame: frame, cuts: [])
        #expect(
            parsed.samples == [.init(line: 1, channels: ["temp", "flow", "level"], values: [1, 2, 3])])
    }

    @Test func theBytesAreLittleEndian() {
        let one = SampleLayout(stream: nil, positions: 1)
        #expect(
            ParsedText([0, 0, 0xC0, 0x3F], .f32le, frame: one, cuts: []).samples.map(\.values) == [[1.5]])
        let long: [UInt8] = [0x9A, 0x99, 0x99, 0x99, 0x99, 0x99, 0xB9, 0x3F]
        #expect(ParsedText(long, .f64le, frame: one, cuts: []).samples.map(\.values) == [[0.1]])
    }

    @Test(arguments: formats)
    func aFrameMayBeCutAnywhere(format: SampleFormat) {
        let numbers = [1, .infinity, 3, 4, .nan, 6, 7, 8, 9]
        let bytes = Self.bytes(numbers, format)
        let whole = ParsedText(bytes, format, cuts: [])
        #expect(whole.samples.map(\.line) == [2, 3, 4])
        #expect(whole.codes == ["1 not_finite", "5 bad_syntax"])
        for first in 0...bytes.count {
            for second in first...bytes.count {
                #expect(ParsedText(bytes, format, cuts: [first, second]).samples == whole.samples)
            }
        }
        #expect(ParsedText(bytes, format, cuts: Array(bytes.indices)).rejections == whole.rejections)
    }

    @Test(arguments: formats, [1, 2, 3] as [UInt64])
    func randomFramesReadBackInAnyPieces(format: SampleFormat, seed: UInt64) {
        var random = SplitMix(state: seed)
        for channels in 1...7 {
            let numbers = (0..<channels * Int.random(in: 0...90, using: &random)).map { _ in
                format == .f32le
                    ? Double(Float(bitPattern: UInt32.random(in: 0...0x7F7F_FFFF, using: &random)))
                    : Double.random(in: -1e300...1e300, using: &random)
            }
            let bytes = Self.bytes(numbers, format)
            let cuts = (0..<9).map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()
            let parsed = ParsedText(
                bytes, format, frame: SampleLayout(stream: nil, positions: channels), cuts: cuts)
            #expect(parsed.samples.flatMap(\.values) == numbers, "seed \(seed), \(channels) channels")
            #expect(parsed.samples.map(\.line) == (0..<numbers.count / channels).map { UInt64($0 + 1) })
            #expect(parsed.rejections.isEmpty)
        }
    }

    @Test(arguments: formats, [Double.infinity, -.infinity])
    func anInfiniteNumberCostsItsFrame(format: SampleFormat, number: Double) {
        let frame = SampleLayout(stream: nil, channels: ["temp", "flow"])
        let parsed = ParsedText(
            Self.bytes([1, 2, 3, number, number, number, 7, 8], format), format, frame: frame, cuts: [])
        #expect(parsed.samples.map(\.values) == [[1, 2], [7, 8]])
        #expect(parsed.samples.map(\.line) == [1, 4])
        let reason = "an infinite value cannot be learned from"
        #expect(
            parsed.rejections == [
                Rejection(line: 2, code: .notFinite, message: "flow: \(reason)"),
                Rejection(line: 3, code: .notFinite, message: "temp: \(reason)"),
            ])
    }

    @Test(arguments: formats)
    func aFrameThatIsNotWholeIsRejectedAtTheEnd(format: SampleFormat) {
        let bytes = Self.bytes([1, 2, 3, 4], format).dropLast()
        let size = bytes.count / 2 + 1
        #expect(
            ParsedText(Array(bytes), format, cuts: []).rejections == [
                Rejection(
                    line: 2, code: .badSyntax,
                    message: "the input ends after \(size - 1) of the frame's \(size) bytes")
            ])
        #expect(ParsedText([], format, cuts: []).rejections.isEmpty)
    }

    @Test(arguments: formats)
    func theLayoutIsThereFromTheFirstByteOn(format: SampleFormat) {
        let frame = SampleLayout(stream: nil, channels: ["a"])
        var parser = SampleParser(format: format, frame: frame)
        var batch = SampleBatch()
        parser.consume([0].span, into: &batch)
        #expect(batch.layouts == [frame] && batch.isEmpty)
    }

    @Test(arguments: formats)
    func framesAreNeverFound(format: SampleFormat) {
        let parsed = ParsedText(Self.bytes([1, 2, 3, 4], format), .auto, cuts: [])
        #expect(parsed.format == nil && parsed.samples.isEmpty)
    }
}
