import Glibc
import NIOCore
import NoBackTrackTestSupport
import NoBackTrackWire
import Testing

/// `nobacktrack send` itself, against a scripted daemon.
@Suite(.timeLimit(.minutes(5 * TestConditions.slowness)))
struct SendCommandTests {
    private static func write(_ bytes: [UInt8], to path: String) throws {
        let file = fopen(path, "w")
        guard let file else { throw IOError(errnoCode: errno, reason: "fopen \(path)") }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    /// A pipe with a name, open for writing.
    private static func pipe(_ path: String) throws -> Int32 {
        guard mkfifo(path, 0o600) == 0 else { throw IOError(errnoCode: errno, reason: "mkfifo") }
        // Read as well, so that it need not wait for the reader.
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "open \(path)") }
        return descriptor
    }

    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        precondition(Glibc.write(descriptor, bytes, bytes.count) == bytes.count, "a pipe has room for a line")
    }

    /// What a daemon reads on a connection's lines.
    private static func parse(_ lines: [String]) -> SampleBatch {
        var parser = SampleParser(format: .ndjson)
        var batch = SampleBatch()
        for line in lines { parser.consume(Array((line + "\n").utf8).span, into: &batch) }
        return batch
    }

    @Test func aFileIsSentOnceAndReported() async throws {
        var script = ScriptedIngest.Script()
        script.breaksAfter = { $0 == 0 ? 2 : nil }
        try await ScriptedIngest.run(script) { ingest in
            let file = "\(ingest.path).csv"
            try Self.write(Array("time,temp,flow\n1,20.5,\n2,21,3\n3,22,4\n".utf8), to: file)
            let outcome = try await ToolProcess.run([
                "send", file, "--stream", "boiler", "--source", "me", "--ingest-socket", ingest.path,
            ])
            #expect(outcome.status == 0, "\(outcome.complaints)")
            #expect(
                outcome.output.hasPrefix("3 samples sent, 3 acknowledged, 0 refused, ")
                    && outcome.output.hasSuffix(" sent again, 1 reconnection\n"))
            #expect(ingest.learned == [1, 2, 3])
            #expect(
                ingest.lines.last == [
                    #"{"stream":"boiler","source":"me","seq":2,"time":2,"temp":21,"flow":3}"#,
                    #"{"stream":"boiler","source":"me","seq":3,"time":3,"temp":22,"flow":4}"#,
                ])
        }
    }

    @Test func severalFilesAreOneInputAndASourceIsNew() async throws {
        try await ScriptedIngest.run { ingest in
            let (one, two) = ("\(ingest.path).1", "\(ingest.path).2")
            try Self.write(Array("a\n1\n2\n".utf8), to: one)
            try Self.write(Array("m b=3\n".utf8), to: two)
            for _ in 0..<2 {
                let outcome = try await ToolProcess.run([
                    "send", one, two, "--json", "--ingest-socket", ingest.path,
                ])
                #expect(outcome.status == 0, "\(outcome.complaints)")
                #expect(
                    outcome.output.contains(
                        #""acknowledged":3,"outstanding":0,"reconnections":0,"refusals":[]"#))
            }
            let batches = ingest.lines.map(Self.parse)
            #expect(batches.map { $0.records.map(\.sequence) } == [[1, 2, 3], [1, 2, 3]])
            #expect(batches.map { $0.layouts.map(\.channels) } == [[["a"], ["b"]], [["a"], ["b"]]])
            #expect(Set(batches.flatMap { $0.layouts.map(\.source) }).count == 2)
        }
    }

    /// Every line is sent as it comes, long before the end.
    @Test(arguments: [true, false])
    func aLivePipeIsSentAsItComes(isStandardInput: Bool) async throws {
        try await ScriptedIngest.run { ingest in
            let path = "\(ingest.path).fifo"
            let sensor = try Self.pipe(path)
            let send = try ToolProcess(
                ["send", "--ingest-socket", ingest.path] + (isStandardInput ? [] : [path]),
                input: isStandardInput ? path : "/dev/null")
            for number in 1...5 {
                Self.write("[\(number)]\n", to: sensor)
                try await ingest.untilLines(number)
            }
            Self.write("[6]", to: sensor)
            close(sensor)
            let outcome = try await send.outcome()
            #expect(outcome.status == 0, "\(outcome.complaints)")
            #expect(
                outcome.output == "6 samples sent, 6 acknowledged, 0 refused, 0 sent again, 0 reconnections\n"
            )
            #expect(ingest.learned == [1, 2, 3, 4, 5, 6])
        }
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func aSignalEndsItWithWhatWasRead(signal: Int32) async throws {
        try await ScriptedIngest.run { ingest in
            let path = "\(ingest.path).fifo"
            let sensor = try Self.pipe(path)
            defer { close(sensor) }
            let send = try ToolProcess(["send", path, "--ingest-socket", ingest.path])
            // The second line is not whole, and so is none.
            Self.write("[1]\n[2", to: sensor)
            try await ingest.untilLines(1)
            kill(send.identifier, signal)
            let outcome = try await send.outcome()
            #expect(outcome.status == 0, "\(outcome.complaints)")
            #expect(
                outcome.output == "1 sample sent, 1 acknowledged, 0 refused, 0 sent again, 0 reconnections\n"
            )
        }
    }

    @Test func whatCannotBeUsedIsToldAndTheRestSent() async throws {
        var script = ScriptedIngest.Script()
        script.refuses = { $0 == 2 ? .lateSample : nil }
        try await ScriptedIngest.run(script) { ingest in
            let file = "\(ingest.path).ndjson"
            try Self.write(Array("{\"a\":1}\nx\n{\"a\":2}\n{\"a\":3}\n".utf8), to: file)
            let outcome = try await ToolProcess.run(
                ["send", "--ingest-socket", ingest.path], input: file)
            #expect(outcome.status == 65)
            #expect(
                outcome.output == "3 samples sent, 2 acknowledged, 1 refused (sample 2: late_sample: no), "
                    + "0 sent again, 0 reconnections, 1 line unusable\n")
            #expect(outcome.complaints.contains("standard input:2: bad_syntax: "))
        }
    }

    @Test func aDaemonThatDoesNotAcknowledgeIsSaid() async throws {
        var script = ScriptedIngest.Script()
        script.acknowledges = { _ in false }
        try await ScriptedIngest.run(script) { ingest in
            let file = "\(ingest.path).ndjson"
            try Self.write(Array("[1]\n[2]\n".utf8), to: file)
            let outcome = try await ToolProcess.run(["send", file, "--ingest-socket", ingest.path])
            #expect(outcome.status == 0)
            #expect(
                outcome.output
                    == "2 samples sent, not acknowledged, 0 refused, 0 sent again, 0 reconnections\n")
            #expect(outcome.complaints.contains("the daemon does not acknowledge"))
            #expect(ingest.learned == [1, 2])
        }
    }

    @Test func givingUpIsSaid() async throws {
        try await withTemporaryDirectory { directory in
            let (file, socket) = ("\(directory)/a.csv", "\(directory)/i.sock")
            try Self.write(Array("a\n1\n".utf8), to: file)
            let outcome = try await ToolProcess.run([
                "send", file, "--patience", "0.1", "--ingest-socket", socket,
            ])
            #expect(outcome.status == 74)
            #expect(
                outcome.complaints.contains("gave up: no daemon listens on \(socket) (connect: No such file"))
            #expect(outcome.output.contains("1 sample sent, not acknowledged"))
        }
    }

    @Test(
        arguments: [
            (["--format", "symbols"], 64, "symbols carry no numbers"),
            (["--format", "xml"], 64, "--format"),
            (["--format", "f32le"], 64, "needs --channels"),
            (["--channels", "0"], 64, "--channels"),
            (["--channels", "a,a"], 64, "different names"),
            (["--window", "0"], 64, "--window"),
            (["--patience", "-1"], 64, "--patience"),
            (["--source", ""], 64, "--source"),
            (["--stream", "a\nb"], 64, "--stream"),
            (["-", "-"], 64, "once"),
            (["/nonexistent/file"], 66, "/nonexistent/file"),
        ] as [([String], Int32, String)])
    func complains(_ arguments: [String], _ status: Int32, _ expected: String) async throws {
        let outcome = try await ToolProcess.run(
            ["send", "--ingest-socket", "/nonexistent/i.sock"] + arguments, input: "/dev/null")
        #expect(outcome.status == status)
        #expect(outcome.complaints.contains(expected), "\(outcome.complaints)")
    }

    @Test(arguments: [UInt64.random(in: 0...UInt64.max), 7])
    func numbersArriveToTheLastBit(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var values: [Double] = [0, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1, .nan]
        while values.count < 9000 {
            let value = Double(bitPattern: random.next())
            if value.isFinite { values.append(value) }
        }
        var frames: [UInt8] = []
        for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { frames += Array($0) } }
        try await ScriptedIngest.run { ingest in
            let file = "\(ingest.path).f64"
            try Self.write(frames, to: file)
            let outcome = try await ToolProcess.run([
                "send", file, "--format", "f64le", "--channels", "a,b,c", "--window", "100",
                "--ingest-socket",
                ingest.path,
            ])
            #expect(outcome.status == 0, "seed \(seed): \(outcome.complaints)")
            let batch = Self.parse(ingest.lines.flatMap { $0 })
            #expect(batch.layouts.map(\.channels) == [["a", "b", "c"]])
            #expect(
                batch.values.map { $0.isNaN ? nil : $0.bitPattern }
                    == values.map { $0.isNaN ? nil : $0.bitPattern }, "seed \(seed)")
        }
    }
}
