import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

/// Lines that are accepted take nothing from the heap, however many come.
///
/// A process of its own goes through lines that it has gone through before, when there is no memory left to be had: an
/// allocation ends it.
@Suite(.serialized, .enabled(if: WithoutMemory.isPossible, "a sanitizer has a heap of its own"))
struct AllocationTests {
    /// Lines of one connection.
    struct Lines {
        var name: String
        var format: SampleFormat
        var bytes: [UInt8]

        /// `count` lines in an order that a guess of the next shape gets wrong now and then.
        init(
            _ name: String, _ format: SampleFormat, header: String = "",
            _ line: (Int, inout SplitMix) -> String
        ) {
            self.name = name
            self.format = format
            var random = SplitMix(state: 9)
            bytes = Array(header.utf8)
            for number in 0..<2000 { bytes += Array((line(number, &random) + "\n").utf8) }
        }
    }

    static let lines: [Lines] = [
        Lines("objects", .auto) { number, _ in
            let values = (0..<8).map { "\"channel\($0)\":\(Double(number * ($0 + 3)) / 64 - 100)" }
            return "{\"stream\":\"boiler\",\"time\":\(1_763_935_200 + number).5,"
                + values.joined(separator: ",") + "}"
        },
        Lines("objects of streams in any order", .ndjson) { number, random in
            let stream = Int.random(in: 0..<7, using: &random)
            return
                "{\"stream\":\"s\(stream)\",\"time\":\"2025-11-23T22:00:00.\(number)Z\",\"source\":\"p\(stream % 2)\",\"seq\":\(number),"
                + "\"a\":\(number % 3 == 0 ? "null" : "-1e\(number % 300)"),\"b\":NaN}"
        },
        Lines("arrays", .ndjson) { number, _ in "[\(number),\(Double(number) / 7),null, 5e-324 ]" },
        Lines("numbers of many digits", .ndjson) { number, _ in
            // Among them the exact middle between two doubles.
            "[\(1_000_000_000_000_000_000 + number)123456789,9007199254740993.000000000000000000000\(number % 2)]"
        },
        Lines("rows", .csv, header: "time,stream,a,b,c\n") { number, _ in
            "\(1_763_935_200 + number).25,\(number % 50 == 0 ? "x" : "boiler"),\(Double(number) / 3),,nan"
        },
        Lines("quoted rows", .csv, header: "date;time;stream;a\n") { number, random in
            "2025-11-23;22:00:\(10 + number % 50);\"s \"\"\(Int.random(in: 0..<5, using: &random))\"\"\";\"\(number)\""
        },
        Lines("rows without a header", .auto) { number, _ in "\(number)\t\(Double(number) / 9)\t-3" },
        Lines("line protocol", .auto) { number, random in
            let text = Bool.random(using: &random) ? "\"idle, 5%\"" : "1i"
            return
                "boiler,site=\(Int.random(in: 0..<3, using: &random)) temp=\(Double(number) / 8),on=true,"
                + "mode=\(text),flow=nan 17639352\(10_000_000_000 + number)"
        },
        Lines("f32le", .f32le) { number, _ in "\(number) abcdefghijklmnop" },
        Lines("f64le", .f64le) { number, _ in "\(number) abcdefghijklmnop" },
        Lines("symbols", .symbols) { number, _ in "\(number)" },
    ]

    /// Goes through the bytes in pieces; the batch is emptied before each.
    private static func parse(
        _ bytes: [UInt8], _ parser: inout SampleParser, _ batch: inout SampleBatch
    ) -> (samples: Int, rejections: Int) {
        var count = (samples: 0, rejections: 0)
        for start in stride(from: 0, to: bytes.count, by: 4096) {
            batch.removeAll()
            parser.consume(bytes.span.extracting(start..<min(start + 4096, bytes.count)), into: &batch)
            count.samples += batch.records.count
            count.rejections += batch.rejections.count
        }
        return count
    }

    @Test(arguments: lines.indices)
    func acceptedLinesTakeNothingFromTheHeap(place: Int) async {
        await #expect(processExitsWith: .success, "\(Self.lines[place].name)") { [place = place as Int] in
            let lines = Self.lines[place]
            var parser = SampleParser(format: lines.format, frame: SampleLayout(stream: nil, positions: 2))
            var batch = SampleBatch()
            // The first time makes room, and finds the names; frames begin where they did before after some times.
            for _ in 0..<4 { _ = Self.parse(lines.bytes, &parser, &batch) }
            let count = Self.parse(lines.bytes, &parser, &batch)
            precondition(count.samples >= 2000 && count.rejections == 0)
            WithoutMemory.run {
                for _ in 0..<10 { _ = Self.parse(lines.bytes, &parser, &batch) }
            }
        }
    }

    @Test func anAllocationIsNoticed() async {
        await #expect(processExitsWith: .failure) {
            var bytes: [UInt8] = [1]
            WithoutMemory.run { bytes = bytes + bytes }
        }
    }

    /// What is not accepted may cost, and does: the test would see it.
    @Test func aRejectionIsNoticed() async {
        await #expect(processExitsWith: .failure) {
            var parser = SampleParser(format: .ndjson)
            var batch = SampleBatch()
            let bytes = Array("[1]\n[x]\n".utf8)
            for _ in 0..<4 { _ = Self.parse(bytes, &parser, &batch) }
            WithoutMemory.run { _ = Self.parse(bytes, &parser, &batch) }
        }
    }
}
