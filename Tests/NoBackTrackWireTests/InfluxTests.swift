import NoBackTrackWire
import Testing

struct InfluxTests {
    @Test func aLineOfTelegrafIsASample() {
        let parsed = ParsedText(
            """
            boiler,site=a temp=20.1,flow=3.2 1763935200000000000
            boiler,site=a temp=20.2,flow=3.3 1763935200500000000
            cpu,host=pi,cpu=cpu-total usage_user=1.5,usage_idle=98i,up=12u,on=true,off=F,note="a, b=\\"c\\"" 1000000000
            mem free=1
            """)
        let usage = ["usage_user", "usage_idle", "up", "on", "off"]
        #expect(
            parsed.samples == [
                .init(
                    line: 1, stream: "boiler,site=a", channels: ["temp", "flow"], values: [20.1, 3.2],
                    time: 1_763_935_200),
                .init(
                    line: 2, stream: "boiler,site=a", channels: ["temp", "flow"], values: [20.2, 3.3],
                    time: 1_763_935_200.5),
                .init(
                    line: 3, stream: "cpu,cpu=cpu-total,host=pi", channels: usage,
                    values: [1.5, 98, 12, 1, 0],
                    time: 1),
                .init(line: 4, stream: "mem", channels: ["free"], values: [1]),
            ])
        #expect(parsed.rejections.isEmpty)
        #expect(parsed.format == .influx)
    }

    @Test(arguments: [
        (#"my\ room t=1"#, "my room", "t"), (#"a\,b t=1"#, #"a\,b"#, "t"),
        (#"a,k\ 1=v\ 2 t=1"#, "a,k 1=v 2", "t"),
        (#"a,z=1,b=2,m=3 t=1"#, "a,b=2,m=3,z=1", "t"), (#"a,p=C:\x t=1"#, #"a,p=C:\x"#, "t"),
        (#"a,p=x\=y t=1"#, #"a,p=x\=y"#, "t"), (#"a t\ 1\,2\=3=1"#, "a", "t 1,2=3"),
        (#"a t\1=1"#, "a", #"t\1"#),
    ])
    func escapesAreUnderstood(line: String, stream: String, channel: String) {
        let parsed = ParsedText(line, .influx)
        #expect(parsed.samples == [.init(line: 1, stream: stream, channels: [channel], values: [1])])
    }

    @Test(arguments: [
        ("boiler", "bad_syntax"), ("boiler ", "bad_syntax"), ("boiler temp", "bad_syntax"),
        ("boiler temp=", "bad_syntax"),
        ("boiler =1", "bad_syntax"), ("boiler temp=1,", "bad_syntax"), ("boiler temp=1,,b=1", "bad_syntax"),
        (",a=b temp=1", "bad_syntax"), ("boiler,a temp=1", "bad_syntax"), ("boiler,a= temp=1", "bad_syntax"),
        ("boiler,=a temp=1", "bad_syntax"), ("boiler,a=1,a=2 temp=1", "bad_syntax"),
        ("boiler, temp=1", "bad_syntax"),
        ("boiler temp=1,temp=2", "bad_syntax"), ("boiler note=\"a", "bad_syntax"),
        ("boiler note=\"a\"b", "bad_syntax"),
        ("boiler temp=1 5 6", "bad_syntax"), ("boiler note=\"a\"", "bad_number"),
        ("boiler temp=abc", "bad_number"),
        ("boiler temp=1x", "bad_number"), ("boiler temp=1ii", "bad_number"),
        ("boiler temp=1e999", "not_finite"),
        ("boiler temp=+Inf", "not_finite"), ("boiler temp=1 abc", "bad_time"),
        ("boiler temp=1 1.5", "bad_time"),
        ("boiler temp=1 -", "bad_time"), ("boiler temp=1 9223372036854775808", "bad_time"),
        ("boi\u{1}ler temp=1", "bad_stream_name"),
    ])
    func unusableLinesAreAnsweredWithACode(line: String, code: String) {
        let parsed = ParsedText(line + "\nboiler temp=1\n", .influx)
        #expect(parsed.codes == ["1 \(code)"], "\(parsed.rejections)")
        #expect(parsed.samples.map(\.values) == [[1]])
    }

    @Test func missingValuesCommentsAndSignsAreUnderstood() {
        let parsed = ParsedText("# comment\n\nm a=nan,b=-1i,c=+.5 -1500000000\r\n", .influx)
        #expect(
            parsed.samples == [
                .init(line: 3, stream: "m", channels: ["a", "b", "c"], values: [nil, -1, 0.5], time: -1.5)
            ])
        #expect(parsed.rejections.isEmpty)
    }

    @Test func aFieldThatIsNowAStringNowANumberIsReadAsWhatItIs() {
        let parsed = ParsedText("m a=1,b=2\nm a=\"x\",b=2\nm a=\"y\",b=3\nm a=4,b=5\n", .influx)
        #expect(parsed.samples.map(\.channels) == [["a", "b"], ["b"], ["b"], ["a", "b"]])
        #expect(parsed.samples.map(\.values) == [[1, 2], [2], [3], [4, 5]])
    }

    @Test func timesKeepTheirFraction() {
        let parsed = ParsedText("m a=1 1763935200123456789\n", .influx)
        #expect(parsed.samples.first?.time == 1_763_935_200.123456789)
    }
}
