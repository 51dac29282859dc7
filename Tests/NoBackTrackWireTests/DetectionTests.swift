import NoBackTrackWire
import Testing

struct DetectionTests {
    @Test func garbageBeforeTheFirstSampleCostsOneLine() {
        let parsed = ParsedText("garbage\n{\"temp\":1}\n")
        #expect(parsed.codes == ["1 bad_syntax"])
        #expect(parsed.samples == [.init(line: 2, channels: ["temp"], values: [1])])
        #expect(parsed.format == .ndjson)
    }

    @Test(arguments: [
        "garbage", "hello, world", "GET / HTTP/1.1", "temp\":1}", "a b c", "a=1", "\u{1}\u{2}", "x,1,y",
        "a=b c",
        "foo;bar", "boiler temp=abc",
    ])
    func garbageNeverLocksAFormat(garbage: String) {
        let json = ParsedText("\(garbage)\n{\"temp\":1}\n{\"temp\":2}\n")
        #expect(json.codes == ["1 bad_syntax"])
        #expect(json.samples.map(\.values) == [[1], [2]])

        let influx = ParsedText("\(garbage)\nm temp=1\nm temp=2\n")
        #expect(influx.codes == ["1 bad_syntax"])
        #expect(influx.samples.map(\.values) == [[1], [2]])

        let csv = ParsedText("\(garbage)\ntime,p,q,r\n1,2,3,4\n")
        #expect(csv.codes == ["1 bad_syntax"])
        #expect(csv.samples.map(\.channels) == [["p", "q", "r"]])

        let rows = ParsedText("\(garbage)\n1,2,3,4\n")
        #expect(rows.codes == ["1 bad_syntax"])
        #expect(rows.samples.map(\.values) == [[1, 2, 3, 4]])
    }

    @Test(
        arguments: [
            ("{\"a\":1}", .ndjson), ("[1]", .ndjson), (" {\"a\":1}", .ndjson), ("m a=1", .influx),
            ("m,t=v a=1i 5", .influx),
            ("m s=\"x\",a=1", .influx), ("time,a", .csv), ("1,2", .csv), ("a,b\n1,2", .csv), ("a\n1", .csv),
            ("a,b", nil),
            ("\n# x\n\n{\"a\":1}", .ndjson), ("2016-07-01 00:00:00,5.8", .csv), ("a", nil), ("", nil),
        ] as [(String, SampleFormat?)])
    func formatsAreTold(text: String, format: SampleFormat?) {
        #expect(ParsedText(text).format == format)
        #expect(ParsedText(text + "\n").format == format)
    }

    @Test func manyLinesOfGarbageAreAllAnswered() {
        let parsed = ParsedText("one\ntwo\n\nthree, four\nfive")
        #expect(parsed.codes == ["1 bad_syntax", "2 bad_syntax", "4 bad_syntax", "5 bad_syntax"])
    }

    @Test func aFirstRowThatIsWrongDoesNotCostTheHeader() {
        let parsed = ParsedText("temp,flow\n1,abc\n2,3\n")
        #expect(parsed.codes == ["2 bad_number"])
        #expect(parsed.samples.map(\.channels) == [["temp", "flow"]])
    }

    @Test func aSingleWordIsAHeaderOnlyBeforeANumber() {
        #expect(ParsedText("value\n1\n2\n").samples.map(\.channels) == [["value"], ["value"]])
        #expect(ParsedText("value").codes == ["1 bad_syntax"])
        let repeated = ParsedText("value\nvalue\n1\n")
        #expect(repeated.samples.map(\.channels) == [["value"]] && repeated.rejections.isEmpty)
    }

    @Test(
        arguments: [
            ("hello, world\n", ["1 bad_syntax"]), ("foo bar, baz\n", ["1 bad_syntax"]),
            ("a;b", ["1 bad_syntax"]),
            ("a,b\nc,d\na,b\n", ["1 bad_syntax", "2 bad_syntax", "3 bad_syntax"]),
            ("temp\n\"x\n", ["1 bad_syntax", "2 bad_syntax"]), ("time,a\n", []), ("stream,a\n", []),
            ("Timestamp,a", []), ("date,a", []),
        ] as [(String, [String])])
    func linesThatNoRowFollowedAreRejectedAtTheEnd(text: String, codes: [String]) {
        let parsed = ParsedText(text)
        #expect(parsed.codes == codes)
        #expect(parsed.format == (codes.isEmpty ? .csv : nil))
    }

    @Test(arguments: ["a,b\n", "value\n"])
    func aGivenFormatMakesTheHeaderCertain(text: String) {
        #expect(ParsedText(text, .csv).rejections.isEmpty)
    }

    @Test(
        arguments: [
            ("temp\ngarbage\n1\n2\n", ["temp"], ["2 bad_syntax"]),
            ("temp\n\"garbage\n1\n2\n", ["temp"], ["2 bad_syntax"]),
            ("temp\none\ntemp\nthree, four\n1\n2\n", ["temp"], ["2 bad_syntax", "4 bad_syntax"]),
            ("garbage\nx,1,y\np,q\n1,2\n", ["p", "q"], ["1 bad_syntax", "2 bad_syntax"]),
            ("p,q\ngarbage\nr,s\n1,2\n", ["p", "q"], ["2 bad_syntax", "3 bad_syntax"]),
            ("p,q\n\(String(repeating: "x", count: 70_000))\n1,2\n", ["p", "q"], ["2 line_too_long"]),
        ] as [(String, [String], [String])])
    func garbageAroundTheHeaderDoesNotCostIt(text: String, channels: [String], codes: [String]) {
        let parsed = ParsedText(text)
        #expect(parsed.codes == codes)
        #expect(parsed.samples.allSatisfy { $0.channels == channels } && !parsed.samples.isEmpty)
    }

    @Test func endlessTextIsAnsweredBeforeItEnds() {
        var parser = SampleParser(format: .auto)
        var batch = SampleBatch()
        for number in 1...20 { parser.consume(Array("text \(number)\n".utf8).span, into: &batch) }
        #expect(batch.rejections.map(\.line) == Array(1...12))
        parser.consume(Array("7\n".utf8).span, into: &batch)
        #expect(batch.layouts.map(\.channels) == [["text 13"]])
        #expect(batch.rejections.map(\.line) == Array(1...12) + Array(14...20))
    }

    @Test func longTextDoesNotWaitInNumbers() {
        var parser = SampleParser(format: .auto, limits: ParserLimits(maxLineBytes: 100))
        var batch = SampleBatch()
        for letter in ["a", "b", "c"] {
            parser.consume(Array((String(repeating: letter, count: 60) + "\n").utf8).span, into: &batch)
        }
        #expect(batch.rejections.map(\.line) == [1, 2])
    }
}
