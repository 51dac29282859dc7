import NoBackTrackWire
import Testing

struct NDJSONTests {
    @Test func fieldsAreTakenByName() {
        let parsed = ParsedText(
            """
            {"stream":"boiler","time":1763935200.5,"temp":20.1,"flow":3.2}
            {"stream":"boiler","time":"2025-11-23T22:00:01Z","temp":-2e1,"flow":null}
            {"stream":"boiler","time":null,"temp":1,"flow":NaN,"seq":null}
            { "temp" : 20.1 , "seq" : 18446744073709551615 , "stream" : null }
            """)
        let channels = ["temp", "flow"]
        #expect(
            parsed.samples == [
                .init(
                    line: 1, stream: "boiler", channels: channels, values: [20.1, 3.2], time: 1_763_935_200.5),
                .init(
                    line: 2, stream: "boiler", channels: channels, values: [-20, nil], time: 1_763_935_201),
                .init(line: 3, stream: "boiler", channels: channels, values: [1, nil]),
                .init(line: 4, channels: ["temp"], values: [20.1], sequence: .max),
            ])
        #expect(parsed.rejections.isEmpty)
        #expect(parsed.format == .ndjson)
    }

    @Test func arraysAreSamplesWithoutNames() {
        let parsed = ParsedText("[20.1,3.2]\r\n[ 1 , null ]\n[7]\n")
        #expect(
            parsed.samples == [
                .init(line: 1, channels: ["c0", "c1"], isPositional: true, values: [20.1, 3.2]),
                .init(line: 2, channels: ["c0", "c1"], isPositional: true, values: [1, nil]),
                .init(line: 3, channels: ["c0"], isPositional: true, values: [7]),
            ])
        #expect(parsed.rejections.isEmpty)
    }

    @Test(arguments: [
        (#"{"temp":"20"}"#, "bad_number"), (#"{"temp":true}"#, "bad_number"),
        (#"{"temp":abc}"#, "bad_number"),
        (#"{"temp":01}"#, "bad_number"), (#"{"temp":+1}"#, "bad_number"), (#"{"temp":1.}"#, "bad_number"),
        (#"{"temp":.5}"#, "bad_number"), (#"{"temp":0x10}"#, "bad_number"), (#"{"temp":1e}"#, "bad_number"),
        (#"{"temp":-}"#, "bad_number"), (#"{"temp":1 2}"#, "bad_syntax"), (#"["a"]"#, "bad_number"),
        (#"{"temp":1,"seq":-1}"#, "bad_number"), (#"{"temp":1,"seq":1.5}"#, "bad_number"),
        (#"{"temp":1,"seq":18446744073709551616}"#, "bad_number"), (#"{"temp":1,"seq":"1"}"#, "bad_number"),
        (#"{"temp":1e999}"#, "not_finite"), (#"{"temp":-1e309}"#, "not_finite"),
        (#"{"temp":Infinity}"#, "not_finite"),
        (#"{"temp":-Infinity}"#, "not_finite"), ("[1e999]", "not_finite"),
        (#"{"temp":1,"time":"yesterday"}"#, "bad_time"), (#"{"temp":1,"time":true}"#, "bad_time"),
        (#"{"temp":1,"time":1e999}"#, "bad_time"), (#"{"temp":1,"time":NaN}"#, "bad_time"),
        (#"{"temp":1,"time":{}}"#, "bad_syntax"), (#"{"temp":1,"time":}"#, "bad_time"),
        (#"{"temp":1,"time":"2025-13-01"}"#, "bad_time"),
        (#"{"stream":"","temp":1}"#, "bad_stream_name"), (#"{"stream":5,"temp":1}"#, "bad_stream_name"),
        (#"{"stream":"a\nb","temp":1}"#, "bad_stream_name"),
        (#"{"stream":"\u0000","temp":1}"#, "bad_stream_name"),
        ("{}", "bad_syntax"), ("[]", "bad_syntax"), ("{", "bad_syntax"), ("[", "bad_syntax"),
        ("{]", "bad_syntax"),
        (#"{"stream":"a"}"#, "bad_syntax"), (#"{"time":5}"#, "bad_syntax"), (#"{"temp":1"#, "bad_syntax"),
        (#"{"temp":1,}"#, "bad_syntax"), (#"{"temp":}"#, "bad_syntax"), (#"{"temp":,"b":1}"#, "bad_syntax"),
        (#"{"temp"}"#, "bad_syntax"), (#"{"temp" 1}"#, "bad_syntax"), (#"{temp:1}"#, "bad_syntax"),
        (#"{"temp":1}}"#, "bad_syntax"), (#"{"temp":1}{"temp":2}"#, "bad_syntax"), ("[1,]", "bad_syntax"),
        ("[1,,2]", "bad_syntax"), ("[1", "bad_syntax"), ("[1}", "bad_syntax"), (#"{"temp":"#, "bad_syntax"),
        (#"{"temp":{"a":1}}"#, "bad_syntax"), (#"{"temp":[1]}"#, "bad_syntax"), ("[[1]]", "bad_syntax"),
        (#"[{"temp":1}]"#, "bad_syntax"), (#"{"a":1,"a":2}"#, "bad_syntax"),
        (#"{"a":1,"\u0061":2}"#, "bad_syntax"),
        (#"{"time":1,"time":2,"a":1}"#, "bad_syntax"), (#"{"stream":"a","stream":"a","b":1}"#, "bad_syntax"),
        (#"{"seq":1,"seq":1,"b":1}"#, "bad_syntax"), (#"{"a\q":1}"#, "bad_syntax"),
        (#"{"a\u12":1}"#, "bad_syntax"),
        (#"{"\ud800":1}"#, "bad_syntax"), (#"{"\udc00\ud800":1}"#, "bad_syntax"),
        (#"{"a":1,"b"#, "bad_syntax"),
        (#"{"source":"","a":1}"#, "bad_syntax"),
        ("{\"source\":\"\(String(repeating: "s", count: 129))\",\"a\":1}", "bad_syntax"),
        (#"{"source":"a\nb","a":1}"#, "bad_syntax"),
        (#"{"source":"a\u202Eb","a":1}"#, "bad_syntax"), (#"{"source":"a"}"#, "bad_syntax"),
        (#"{"source":"a",}"#, "bad_syntax"), (#"{"source":"a","source":"a","b":1}"#, "bad_syntax"),
        (#"{"source":"a","source":1}"#, "bad_syntax"), (#"{"source":1,"source":"a"}"#, "bad_syntax"),
        (#"{"source":true,"a":1}"#, "bad_number"),
        ("{\"a\tb\":1}", "bad_syntax"), (#"{"a\"#, "bad_syntax"), (#"# {"a":1}"#, "bad_syntax"),
    ])
    func unusableLinesAreAnsweredWithACode(line: String, code: String) {
        let parsed = ParsedText(line + "\n{\"temp\":1}\n", .ndjson)
        #expect(parsed.codes == ["1 \(code)"], "\(parsed.rejections)")
        #expect(parsed.samples == [.init(line: 2, channels: ["temp"], values: [1])])
    }

    @Test(arguments: [
        (#""a\"b""#, "a\"b"), (#""\\\/\b\f\n\r\t""#, "\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\u20AC""#, "é€"),
        (#""\ud83d\ude00""#, "😀"), (#""päß""#, "päß"), (#""""#, ""),
    ])
    func namesAreUnescaped(key: String, name: String) {
        let parsed = ParsedText("{\(key):1}")
        #expect(parsed.samples.first?.channels == [name])
    }

    @Test func reservedNamesAreKnownWithEscapesToo() {
        let parsed = ParsedText(#"{"str\u0065am":"a","\u0074ime":5,"s\u0065q":7,"x":1}"#)
        #expect(
            parsed.samples == [
                .init(line: 1, stream: "a", channels: ["x"], values: [1], time: 5, sequence: 7)
            ])
    }

    @Test func aSourceIsANameAndElseAChannel() {
        let parsed = ParsedText(
            """
            {"stream":"boiler","source":"host 4711","seq":17,"temp":1}
            {"stream":"boiler","source":"host 4711","seq":18,"temp":2}
            {"stream":"boiler","source":"other","seq":18,"temp":3}
            {"stream":"boiler","seq":18,"temp":4}
            {"s\\u006Furce":"\\u00e9","temp":5}
            {"source":6,"temp":null}
            {"source":null,"temp":7}
            {"source":"8","temp":8}
            """)
        let (stream, channels) = ("boiler", ["temp"])
        #expect(
            parsed.samples == [
                .init(
                    line: 1, stream: stream, channels: channels, values: [1], sequence: 17,
                    source: "host 4711"),
                .init(
                    line: 2, stream: stream, channels: channels, values: [2], sequence: 18,
                    source: "host 4711"),
                .init(
                    line: 3, stream: stream, channels: channels, values: [3], sequence: 18, source: "other"),
                .init(line: 4, stream: stream, channels: channels, values: [4], sequence: 18),
                .init(line: 5, channels: channels, values: [5], source: "\u{E9}"),
                .init(line: 6, channels: ["source", "temp"], values: [6, nil]),
                .init(line: 7, channels: ["source", "temp"], values: [nil, 7]),
                .init(line: 8, channels: channels, values: [8], source: "8"),
            ])
        #expect(parsed.rejections.isEmpty)
    }

    @Test func bytesThatAreNotUTF8AreNoName() {
        var bytes = Array("{\"a_b\":1}\n{\"stream\":\"_\",\"a\":1}\n{\"source\":\"_\",\"a\":1}\n".utf8)
        for place in bytes.indices where bytes[place] == UInt8(ascii: "_") { bytes[place] = 0xFF }
        #expect(
            ParsedText(bytes, .ndjson, cuts: []).codes == ["1 bad_syntax", "2 bad_syntax", "3 bad_syntax"])
    }

    @Test func streamsThatTakeTurnsKeepTheirLayouts() {
        let lines = (0..<60).map { number in
            switch number % 4 {
            case 0: #"{"stream":"a","x":\#(number)}"#
            case 1: #"{"stream":"b","x":\#(number),"y":0}"#
            case 2: #"{"stream":"b", "x":\#(number), "y":0}"#
            default: "[\(number),1,2]"
            }
        }
        let parsed = ParsedText(lines.joined(separator: "\n"))
        #expect(parsed.samples.count == 60)
        for (number, sample) in parsed.samples.enumerated() {
            #expect(sample.values.first == Double(number))
            #expect(sample.stream == ["a", "b", "b", nil][number % 4])
            #expect(sample.channels.count == [1, 2, 2, 3][number % 4])
        }
    }

    @Test func whitespaceDoesNotMakeAnotherLayout() {
        var parser = SampleParser(format: .ndjson)
        var batch = SampleBatch()
        parser.consume(Array("{\"a\":1}\n{\"a\": 1}\n{ \"a\":1 }\n{\"\\u0061\":1}\n".utf8).span, into: &batch)
        #expect(batch.layouts.count == 1)
        #expect(batch.records.count == 4)
    }
}
