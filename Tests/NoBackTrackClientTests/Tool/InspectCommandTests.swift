import FoundationEssentials
import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackSystem
import NoBackTrackTestSupport
import Testing

@Suite(.timeLimit(.minutes(5 * TestConditions.slowness)))
struct InspectCommandTests {
    static let checkpoint = Checkpoint(
        stream: "boiler", step: 1234, channels: ["temp", "flow"], targets: ["temp"], time: 1_763_935_200,
        configuration: #"{"hiddenUnits":2}"#,
        tensors: [
            StateTensor(name: "theta", shape: [2, 3], elements: .float32([3, -4, 0, 0, 0, 0])),
            StateTensor(name: "delay.values", shape: [2], elements: .float64([.nan, 1])),
            StateTensor(name: "generator", shape: [1], elements: .uint64([7])),
        ],
        savedAt: 1_763_935_201
    )

    @Test func showsMetadataAndTensors() async throws {
        try await withTemporaryDirectory { directory in
            let file = "\(directory)/1234.safetensors"
            try DurableFile.replace(file, contents: Self.checkpoint.encoded())
            let outcome = try await ToolProcess.run(["inspect", file])
            #expect(outcome.status == 0, "\(outcome.complaints)")
            for text in [
                "stream boiler, step 1234", "channels: temp, flow", "3 tensors, 9 numbers", "hiddenUnits",
            ] {
                #expect(outcome.output.contains(text), "\(outcome.output)")
            }
            let line = try #require(outcome.output.split(separator: "\n").first { $0.hasPrefix("theta ") })
            #expect(
                line.split(separator: " ").map(String.init) == [
                    "theta", "F32", "2", "×", "3", "5.000", "-4.000", "3.000", "0",
                ])
        }
    }

    @Test func showsTheSymbolsOfASymbolStream() async throws {
        var learner = SymbolLearner(configuration: LearnerConfiguration(), streamKey: 1)
        for symbol in "ab\n".utf8 { learner.step(symbol) }
        let checkpoint = Checkpoint(
            stream: "letters", step: 3, channels: [], targets: [], time: nil, configuration: "{}",
            tensors: learner.state(), savedAt: 1_763_935_201)
        try await withTemporaryDirectory { directory in
            let file = "\(directory)/3.safetensors"
            try DurableFile.replace(file, contents: checkpoint.encoded())
            let outcome = try await ToolProcess.run(["inspect", file])
            #expect(outcome.status == 0, "\(outcome.complaints)")
            #expect(outcome.output.contains("\nsymbols: ab\\n\n"), "\(outcome.output)")
            #expect(!outcome.output.contains("channels"))
            let json = try await ToolProcess.run(["inspect", "--json", file]).output
            #expect(json.contains(#""kind":"symbols""#) && json.contains(#""alphabet":"ab\\n""#), "\(json)")
        }
    }

    @Test func jsonHasEverything() async throws {
        struct Report: Decodable {
            struct Tensor: Decodable {
                var name: String
                var type: String
                var shape: [Int]
                var norm: Double?
                var notFinite: Int
            }
            var step: UInt64
            var stream: String
            var bytes: Int
            var targets: [String]
            var tensors: [Tensor]
        }
        try await withTemporaryDirectory { directory in
            let file = "\(directory)/1234.safetensors"
            let contents = Self.checkpoint.encoded()
            try DurableFile.replace(file, contents: contents)
            let outcome = try await ToolProcess.run(["inspect", "--json", file])
            let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
            #expect(report.step == 1234)
            #expect(report.bytes == contents.count)
            #expect(report.targets == ["temp"])
            #expect(report.tensors.map(\.name) == ["theta", "delay.values", "generator"])
            #expect(report.tensors.map(\.norm) == [5, 1, nil])
            #expect(report.tensors.map(\.notFinite) == [0, 1, 0])
        }
    }

    @Test func severalFilesAreALineEachUntilADamagedOne() async throws {
        try await withTemporaryDirectory { directory in
            let file = "\(directory)/1234.safetensors"
            try DurableFile.replace(file, contents: Self.checkpoint.encoded())
            let outcome = try await ToolProcess.run(["inspect", "--json", file, file, "/nonexistent", file])
            #expect(outcome.status == 66)
            #expect(outcome.output.split(separator: "\n").count == 2)
        }
    }

    @Test(arguments: [0, 3, 8, 40, 200, -1])
    func cutFileIsDamaged(_ length: Int) async throws {
        try await withTemporaryDirectory { directory in
            let contents = Self.checkpoint.encoded()
            let file = "\(directory)/1234.safetensors"
            try DurableFile.replace(
                file, contents: Array(length < 0 ? contents.dropLast() : contents.prefix(length)))
            let outcome = try await ToolProcess.run(["inspect", file])
            #expect(outcome.status == 65)
            #expect(outcome.output == "")
            #expect(outcome.complaints.contains("\(file) is not a sound checkpoint"))
        }
    }

    @Test func oneFlippedBitIsDamage() async throws {
        try await withTemporaryDirectory { directory in
            var contents = Self.checkpoint.encoded()
            contents[contents.count - 3] ^= 1
            let file = "\(directory)/1234.safetensors"
            try DurableFile.replace(file, contents: contents)
            let outcome = try await ToolProcess.run(["inspect", file])
            #expect(outcome.status == 65)
            #expect(outcome.complaints.contains("checksum"))
        }
    }

    @Test(arguments: [("/nonexistent.safetensors", 66), ("/tmp", 74)])
    func unreadableFile(_ file: String, _ status: Int32) async throws {
        let outcome = try await ToolProcess.run(["inspect", file])
        #expect(outcome.status == status)
        #expect(outcome.complaints.contains(file))
    }
}
