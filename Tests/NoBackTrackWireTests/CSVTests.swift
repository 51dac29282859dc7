import NoBackTrackWire
import Testing

struct CSVTests {
    @Test func theHeaderNamesTheColumns() {
        let parsed = ParsedText(
            """
            date,HUFL,HULL,MUFL,MULL,LUFL,LULL,OT
            2016-07-01 00:00:00,5.827000141143799,2.009000062942505,1.5989999771118164,0.4620000123977661,4.203000068664552,1.3400000333786009,30.5310001373291
            2016-07-01 01:00:00,5.692999839782715,,nan,0.4259999990463257,4.142000198364259,1.371000051498413,27.78700065612793

            """)
        let channels = ["HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT"]
        #expect(
            parsed.samples == [
                .init(
                    line: 2, channels: channels,
                    values: [
                        5.827000141143799, 2.009000062942505, 1.5989999771118164, 0.4620000123977661,
                        4.203000068664552, 1.3400000333786009, 30.5310001373291,
                    ], time: 1_467_331_200),
                .init(
                    line: 3, channels: channels,
                    values: [
                        5.692999839782715, nil, nil, 0.4259999990463257, 4.142000198364259, 1.371000051498413,
                        27.78700065612793,
                    ], time: 1_467_334_800),
            ])
        #expect(parsed.rejections.isEmpty)
        #expect(parsed.format == .csv)
    }

    @Test(
        arguments: [
            ("time,value\n2013-12-02 21:15:00,73.9673\n", ["value"], [73.9673], 1_386_018_900.0),
            ("index,value\n0,86\n", ["index", "value"], [0, 86], nil),
            ("ax,ay\n-1.0836,-0.018609\n", ["ax", "ay"], [-1.0836, -0.018609], nil),
            ("time_s,x1_mm\n0.100,-0.10\n", ["time_s", "x1_mm"], [0.1, -0.1], nil),
            ("Timestamp,a b\n5,1\n", ["a b"], [1], 5), ("TIME;a;b\n5;1;2\n", ["a", "b"], [1, 2], 5),
            ("time\ta\n5\t1\n", ["a"], [1], 5), ("\u{FEFF}time,a\r\n5,1\r\n", ["a"], [1], 5),
            ("\"time\",\"a,\"\"b\"\"\"\n\"5\",\"1\"\n", ["a,\"b\""], [1], 5),
            (" time , a \n 5 , 1 \n", ["a"], [1], 5),
            (",a\n0,1\n", ["c0", "a"], [0, 1], nil), ("value\n1\n", ["value"], [1], nil),
            ("date,time,a\n2025-11-23,22:00:00.5,1\n", ["a"], [1], 1_763_935_200.5),
            ("date,time,a\n2025-11-23,7,1\n", ["a"], [1], 7),
            ("date,time,a\n2025-11-23,,1\n", ["a"], [1], 1_763_856_000),
            ("time,timestamp,a\n7,x,1\n", ["a"], [1], 7), ("time,1,2\n7,5,6\n", ["1", "2"], [5, 6], 7),
        ] as [(String, [String], [Double], Double?)])
    func headersAreUnderstood(text: String, channels: [String], values: [Double], time: Double?) {
        let parsed = ParsedText(text)
        #expect(parsed.samples == [.init(line: 2, channels: channels, values: values, time: time)])
        #expect(parsed.rejections.isEmpty)
        #expect(parsed.format == .csv)
    }

    @Test(
        arguments: [
            ("1\n2\n", [[1], [2]]), ("1,2\n3,\n", [[1, 2], [3, nil]]), ("nan\n1\n", [[nil], [1]]),
            ("1;2\n3;4\n", [[1, 2], [3, 4]]), ("-1e3\t.5\n", [[-1000, 0.5]]), ("1", [[1]]),
            (",2\n", [[nil, 2]]),
        ] as [(String, [[Double?]])])
    func rowsWithoutAHeaderHavePlaces(text: String, values: [[Double?]]) {
        let parsed = ParsedText(text)
        #expect(parsed.samples.map(\.values) == values)
        #expect(parsed.samples.allSatisfy { $0.isPositional && $0.channels.first == "c0" })
        #expect(parsed.rejections.isEmpty)
    }

    @Test func aFirstColumnOfTimesWithoutAHeaderIsTheTime() {
        let parsed = ParsedText("2025-11-23T22:00:00Z,1,2\n2025-11-23T22:00:01Z,3,4\n")
        #expect(parsed.samples.map(\.time) == [1_763_935_200, 1_763_935_201])
        #expect(parsed.samples.map(\.channels) == [["c0", "c1"], ["c0", "c1"]])
    }

    @Test func aColumnMayNameTheStream() {
        let parsed = ParsedText("stream,a\nx,1\ny,2\n\"x\",3\n,4\n\"q\"\"\",5\ny,6\n")
        #expect(parsed.samples.map(\.stream) == ["x", "y", "x", nil, "q\"", "y"])
        #expect(parsed.samples.map(\.values) == [[1], [2], [3], [4], [5], [6]])
    }

    @Test func aRepeatedHeaderAndCommentsAreSkipped() {
        let parsed = ParsedText("# made by a logger\na,b\n1,2\n\na,b\r\n# again\n3,4\n")
        #expect(parsed.samples.map(\.line) == [3, 7])
        #expect(parsed.rejections.isEmpty)
    }

    @Test(arguments: [
        ("1", "wrong_channel_count"), ("1,2,3", "wrong_channel_count"), ("1,2,", "wrong_channel_count"),
        ("1,abc", "bad_number"), ("1,2 3", "bad_number"), ("1,0x10", "bad_number"), ("1,1.2.3", "bad_number"),
        ("1,inf", "not_finite"), ("1,-Infinity", "not_finite"), ("1,1e999", "not_finite"),
        ("1,\"2", "bad_syntax"),
        ("1,\"2\"x", "bad_syntax"), ("x,2", "bad_time"), ("2025-02-29,2", "bad_time"), ("inf,2", "bad_time"),
        ("{\"a\":1}", "wrong_channel_count"),
    ])
    func unusableRowsAreAnsweredWithACode(row: String, code: String) {
        let parsed = ParsedText("time,a\n1,2\n\(row)\n5,6\n")
        #expect(parsed.codes == ["3 \(code)"], "\(parsed.rejections)")
        #expect(parsed.samples.map(\.values) == [[2], [6]])
    }

    @Test(arguments: ["a,a\n", "time\n", "a,1\n", ",,\n", "a,\"b\n", "a,\u{1}\n"])
    func whatCannotBeAHeaderIsRefused(line: String) {
        #expect(ParsedText(line + "1,2\n", .csv).codes == ["1 bad_syntax"])
    }

    @Test func aGivenFormatNeedsNoSecondLineToKnowAHeader() {
        let parsed = ParsedText("value\nna\n5\n", .csv)
        #expect(parsed.samples.map(\.values) == [[nil], [5]])
        #expect(parsed.samples.map(\.channels) == [["value"], ["value"]])
    }
}
