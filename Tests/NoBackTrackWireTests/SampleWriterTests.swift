import NoBackTrackWire
import Testing

struct SampleWriterTests {
    /// What comes of a text that is read, written and read again.
    static func rewrite(
        _ text: [UInt8], _ format: SampleFormat = .auto, stream: String? = nil, names: [String]? = nil
    ) -> (written: String, read: ParsedText, rejections: [Rejection]) {
        var parser = SampleParser(format: format, frame: SampleLayout(stream: nil, positions: 2))
        var batch = SampleBatch()
        parser.consume(text.span, into: &batch)
        parser.finish(into: &batch)
        var writer = SampleWriter(source: "host \"1\"", stream: stream, names: names)
        var lines = SampleLines()
        let rejections = writer.write(batch, to: &lines)
        let bytes = Array(lines.bytes(of: 0..<lines.count))
        return (String(decoding: bytes, as: UTF8.self), ParsedText(bytes, .ndjson, cuts: []), rejections)
    }

    @Test func samplesOfEveryFormatAreObjectsWithANumber() {
        #expect(
            Self.rewrite(Array(#"{"flow":null,"temp":2e1,"stream":"b\u00e9","seq":9,"source":"x"}"#.utf8))
                .written
                == #"{"stream":"bé","source":"host \"1\"","seq":1,"flow":null,"temp":20}"# + "\n")
        #expect(
            Self.rewrite(Array("time,temp\n5,20.1\n6.5,\n".utf8), stream: "s").written
                == #"{"stream":"s","source":"host \"1\"","seq":1,"time":5,"temp":20.1}"# + "\n"
                + #"{"stream":"s","source":"host \"1\"","seq":2,"time":6.5,"temp":null}"# + "\n")
        #expect(
            Self.rewrite(Array("boiler,site=a temp=1i 1763935200500000000\n".utf8), stream: "s").written
                == #"{"stream":"boiler,site=a","source":"host \"1\"","seq":1,"time":1763935200.5,"temp":1}"#
                + "\n")
        #expect(
            Self.rewrite([0, 0, 128, 63, 0, 0, 192, 127], .f32le).written
                == #"{"source":"host \"1\"","seq":1,"c0":1,"c1":null}"# + "\n")
    }

    @Test func valuesWithoutNamesHaveOneLength() {
        let (written, _, rejections) = Self.rewrite(Array("[1,2]\n[3]\n[4,null]\n".utf8))
        #expect(
            written == #"{"source":"host \"1\"","seq":1,"c0":1,"c1":2}"# + "\n"
                + #"{"source":"host \"1\"","seq":2,"c0":4,"c1":null}"# + "\n")
        #expect(rejections.map(\.line) == [2] && rejections.map(\.code) == [.wrongChannelCount])

        let named = Self.rewrite(Array("[1,2]\n[3]\n".utf8), names: ["a", "b"])
        #expect(named.read.samples.map(\.channels) == [["a", "b"]])
        #expect(named.rejections.map(\.code) == [.wrongChannelCount])
    }

    @Test(arguments: ["time", "seq", "source", "stream"])
    func aNameThatMeansAnotherThingIsRefused(name: String) {
        let (written, _, rejections) = Self.rewrite(Array("m \(name)=1\nm b=2\n".utf8), .influx)
        #expect(rejections.map(\.line) == [1] && rejections.map(\.code) == [.badSyntax])
        #expect(written == #"{"stream":"m","source":"host \"1\"","seq":1,"b":2}"# + "\n")
    }

    @Test func rejectionsComeInTheOrderOfTheirLines() {
        let (_, read, rejections) = Self.rewrite(Array("[1]\n[1,2]\nx\n[2]\n[3,4]\n".utf8))
        #expect(rejections.map(\.line) == [2, 3, 5])
        #expect(read.samples.map(\.sequence) == [1, 2])
    }

    @Test(arguments: [UInt64.random(in: 0...UInt64.max), 1, 2])
    func numbersAreTheSameToTheLastBit(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        var values: [Double] = [
            0, -0.0, 1, -1, .leastNonzeroMagnitude, -.leastNormalMagnitude, .greatestFiniteMagnitude,
            9_007_199_254_740_991, 9_007_199_254_740_992, 9_007_199_254_740_994, 1e15, 1e16, 1e22, 1e23, 0.1,
        ]
        while values.count < 20_000 {
            let value = Double(bitPattern: random.next())
            if value.isFinite { values.append(value) }
        }
        var frames: [UInt8] = []
        for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { frames += Array($0) } }
        if values.count % 2 == 1 { frames.removeLast(8) }
        let read = Self.rewrite(frames, .f64le).read
        let again = read.samples.flatMap { $0.values.map { $0?.bitPattern } }
        #expect(read.rejections.isEmpty, "seed \(seed)")
        #expect(again == values.prefix(again.count).map(\.bitPattern), "seed \(seed)")
        #expect(again.count / 2 == values.count / 2, "seed \(seed)")
    }

    @Test func linesAreCutAndJoined() {
        var lines = SampleLines()
        for number in 0..<10 { lines.append { $0 += Array("\(number)x".utf8) } }
        #expect(lines.count == 10 && lines.byteCount == 30)
        #expect(String(decoding: lines.bytes(of: 2..<4), as: UTF8.self) == "2x\n3x\n")
        #expect(lines.count(from: 2, within: 8) == 2 && lines.count(from: 2, within: 9) == 3)
        #expect(lines.count(from: 2, within: 1) == 1 && lines.count(from: 10, within: 100) == 0)
        lines.removeFirst(3)
        #expect(lines.count == 7 && lines.byteCount == 21)
        #expect(String(decoding: lines.bytes(of: 0..<1), as: UTF8.self) == "3x\n")
        lines.removeFirst(4)
        #expect(lines.count == 3 && String(decoding: lines.bytes(of: 0..<3), as: UTF8.self) == "7x\n8x\n9x\n")
        var others = SampleLines()
        others.append { $0 += Array("a".utf8) }
        others.append(1..<3, of: lines)
        #expect(
            others.count == 3 && String(decoding: others.bytes(of: 0..<3), as: UTF8.self) == "a\n8x\n9x\n")
        others.removeFirst(3)
        #expect(others.isEmpty && others.byteCount == 0)
    }
}
