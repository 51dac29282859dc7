import NoBackTrackWire
import Testing

struct LimitTests {
    @Test(arguments: [SampleFormat.ndjson, .auto])
    func aLineThatIsTooLongIsSkipped(format: SampleFormat) {
        let long = "{\"a\":" + String(repeating: "1", count: 100) + "}"
        let parsed = ParsedText("\(long)\n{\"a\":1}\n\(long)", format, limits: ParserLimits(maxLineBytes: 50))
        #expect(parsed.codes == ["1 line_too_long", "3 line_too_long"])
        #expect(parsed.samples.map(\.values) == [[1]])
    }

    @Test func moreChannelsThanAllowedAreRefused() {
        let parsed = ParsedText(
            "[1,2]\n[1,2,3]\n{\"a\":1,\"b\":2,\"c\":3}\n[3,4]\n", limits: ParserLimits(maxChannels: 2))
        #expect(parsed.codes == ["2 wrong_channel_count", "3 wrong_channel_count"])
        #expect(parsed.samples.map(\.values) == [[1, 2], [3, 4]])
    }

    @Test func moreLayoutsThanAllowedAreRefused() {
        let text = """
            {"stream":"a","x":1}
            {"stream":"b","x":1}
            {"stream":"c","x":1}
            {"stream":"a","y":1}
            {"stream":"a","x":2}

            """
        let parsed = ParsedText(text, limits: ParserLimits(maxLayouts: 2))
        #expect(parsed.codes == ["3 too_many_streams", "4 unknown_channel"])
        #expect(parsed.samples.map(\.line) == [1, 2, 5])

        let csv = ParsedText("stream,x\na,1\nb,1\nc,1\na,2\n", limits: ParserLimits(maxLayouts: 2))
        #expect(csv.codes == ["4 too_many_streams"])
    }

    @Test func endlessSourcesTakeBoundedRoom() {
        var parser = SampleParser(format: .ndjson)
        var batch = SampleBatch()
        let filler = String(repeating: "n", count: 120)
        for number in 0..<5000 {
            parser.consume(Array("{\"source\":\"\(number)\(filler)\",\"a\":1}\n".utf8).span, into: &batch)
        }
        #expect(batch.layouts.count == 4096)
        #expect(batch.rejections.count == 904 && batch.rejections.allSatisfy { $0.code == .unknownChannel })
    }

    @Test func endlessLayoutsTakeBoundedRoom() {
        var parser = SampleParser(format: .ndjson)
        var batch = SampleBatch()
        let wide = (0..<1000).map { "\"c\($0)\":1" }.joined(separator: ",")
        for number in 0..<400 {
            parser.consume(Array("{\"stream\":\"s\(number)\",\(wide)}\n".utf8).span, into: &batch)
        }
        #expect(batch.layouts.count == 262)
        #expect(batch.rejections.allSatisfy { $0.code == .tooManyStreams })
        #expect(batch.records.count + batch.rejections.count == 400)
    }

    /// Reads one short layout, 300 layouts of 60 long names each, the short one again, and another stream.
    @Test(arguments: [SampleFormat.ndjson, .influx])
    func longNamesTakeBoundedRoom(format: SampleFormat) {
        var parser = SampleParser(format: format)
        var batch = SampleBatch()
        let isJSON = format == .ndjson
        func read(_ fields: [String], of stream: String) {
            let line =
                isJSON
                ? "{\"stream\":\"\(stream)\"," + fields.map { "\"\($0)\":1" }.joined(separator: ",") + "}"
                : "\(stream) " + fields.map { "\($0)=1" }.joined(separator: ",")
            parser.consume(Array((line + "\n").utf8).span, into: &batch)
        }
        read(["a"], of: "z")
        let filler = String(repeating: "n", count: 980)
        for number in 0..<300 { read((0..<60).map { "\(number)_\($0)\(filler)" }, of: "z") }
        let held = batch.layouts.reduce(0) { sum, layout in
            sum + layout.channels.reduce(layout.stream?.utf8.count ?? 0) { $0 + $1.utf8.count }
        }
        #expect(held <= 1 << 20 && held > 900_000)
        #expect(batch.rejections.count == 301 - batch.layouts.count)
        #expect(batch.rejections.allSatisfy { $0.code == .unknownChannel })

        batch.removeAll()
        read(["a"], of: "z")
        read((0..<60).map { "0_\($0)\(filler)" }, of: "z")
        #expect(batch.records.map(\.layout) == [0, 1])
        read((0..<60).map { "0_\($0)\(filler)" }, of: "y")
        #expect(batch.rejections.map(\.code) == [.tooManyStreams])
    }

    @Test func oneLineOfNamesAlwaysHasRoom() {
        let limits = ParserLimits(maxLayoutBytes: 1)
        let wide =
            "{"
            + (0..<60).map { "\"\($0)\(String(repeating: "n", count: 1000))\":1" }
            .joined(separator: ",") + "}\n"
        let parsed = ParsedText(wide + "[1,2]\n" + wide, limits: limits)
        #expect(parsed.rejections.isEmpty && parsed.samples.count == 3)
    }

    @Test(arguments: (0x2029...0x202F).map { UInt32($0) } + (0x2065...0x206A).map { UInt32($0) })
    func controlsOfTheWritingDirectionAreRefusedInStreams(value: UInt32) throws {
        let name = "a\(try #require(Unicode.Scalar(value)))b"
        let isRefused = 0x202A...0x202E ~= value || 0x2066...0x2069 ~= value
        let lines: [(String, SampleFormat, line: Int)] = [
            ("{\"stream\":\"\(name)\",\"x\":1}\n", .ndjson, 1), ("\(name) x=1\n", .influx, 1),
            ("stream,x\n\(name),1\n", .csv, 2),
            ("{\"stream\":\"a\\u\(String(value, radix: 16))b\",\"x\":1}\n", .ndjson, 1),
        ]
        for (text, format, line) in lines {
            let parsed = ParsedText(text, format)
            #expect(parsed.codes == (isRefused ? ["\(line) bad_stream_name"] : []))
            #expect(parsed.samples.map(\.stream) == (isRefused ? [] : [name]))
        }
    }

    @Test func spellingsOfAStreamAreOneStream() {
        let parsed = ParsedText("stream,a\n\u{E9},1\ne\u{301},2\n\u{E9},3\ne\u{301},4\n")
        #expect(parsed.samples.map(\.values) == [[1], [2], [3], [4]])
        #expect(Set(parsed.samples.map(\.stream)).count == 1)
    }

    @Test func layoutsKeepTheirPlaceInABatchThatIsEmptied() {
        var parser = SampleParser(format: .auto)
        var batch = SampleBatch()
        parser.consume(Array("{\"a\":1}\n{\"b\":1}\n".utf8).span, into: &batch)
        batch.removeAll()
        #expect(batch.isEmpty && batch.values.isEmpty && batch.layouts.count == 2)
        parser.consume(Array("{\"c\":1}\n{\"a\":1}\n".utf8).span, into: &batch)
        #expect(batch.layouts.map(\.channels) == [["a"], ["b"], ["c"]])
        #expect(batch.records.map(\.layout) == [2, 0])
    }
}
