import NoBackTrack
import NoBackTrackCheckpoint

extension FuzzTarget {
    /// Inputs to begin with that nobody can type, by the names of their files; none where inputs are text.
    package var seeds: [(name: String, bytes: [UInt8])] {
        switch self {
        case .ndjson, .csv, .influx, .auto, .symbols, .query: []
        case .f32le: Self.frames { withUnsafeBytes(of: Float($0).bitPattern.littleEndian, Array.init) }
        case .f64le: Self.frames { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
        case .checkpoint: Self.checkpoints
        case .learnerState: Self.states
        case .journal: Self.segments
        }
    }

    /// Frames of three numbers behind the sizes of pieces.
    private static func frames(_ number: (Double) -> [UInt8]) -> [(name: String, bytes: [UInt8])] {
        let head = Array("@BP\n".utf8)
        func frames(_ numbers: [Double]) -> [UInt8] { head + numbers.flatMap(number) }
        return [
            ("two-frames", frames([1, 2, 3, -0.0, 1e-40, 1e30])),
            ("missing", frames([.nan, .nan, .nan, 1, .nan, 2])),
            ("infinite", frames([1, .infinity, 2, 4, 5, 6, -.infinity, 0, 0, 7, 8, 9])),
            ("unfinished", frames([1, 2, 3, 4]).dropLast()),
        ]
    }

    private static var checkpoints: [(name: String, bytes: [UInt8])] {
        func checkpoint(_ tensors: [StateTensor]) -> Checkpoint {
            Checkpoint(
                stream: "boiler", step: 40, channels: ["temp", "flow \"2\"\n"], targets: ["temp"],
                time: 1_763_935_199.125, configuration: #"{"hiddenUnits":2,"seed":1}"#, tensors: tensors,
                position: 41, savedAt: 1_763_935_200.25)
        }
        let everyType = [
            StateTensor(name: "theta", shape: [1, 3], elements: .float32([-0.0, .nan, 1])),
            StateTensor(name: "readout.phi", shape: [2, 1], elements: .float64([0.1, -.infinity])),
            StateTensor(name: "step", shape: [1], elements: .uint64([.max])),
            StateTensor(name: "none", shape: [0, 4], elements: .float64([])),
            StateTensor(name: "scalar", shape: [], elements: .float32([1.5])),
        ]
        var sources = checkpoint(everyType)
        sources.time = nil
        sources.sources = [.init(source: "", sequence: .max), .init(source: "plc", sequence: 0)]
        var beyond = checkpoint([])
        beyond.position = .max
        var first = SafetensorsFile(metadata: [:], tensors: [])
        if let file = try? SafetensorsFile(decoding: checkpoint([]).encoded()) {
            first = file
            first.metadata["format_version"] = "1"
            first.metadata["position"] = nil
            first.metadata["checksum"] = Checkpoint.checksum(first)
        }
        return [
            ("every-type", checkpoint(everyType).encoded()), ("no-tensors", checkpoint([]).encoded()),
            ("sources", sources.encoded()),
            ("position-beyond-the-end", beyond.encoded()), ("first-version", first.encoded()),
            ("symbol-learner", checkpoint(TinyLearners.symbols[1].state()).encoded()),
            ("empty-file", SafetensorsFile(metadata: [:], tensors: []).encoded()),
        ]
    }

    /// Every learner as it is and with counts that have just begun, and one that cannot count on.
    private static var states: [(name: String, bytes: [UInt8])] {
        let states = (0..<TinyLearners.count).map { TinyLearners.state(of: $0) }
        var seeds = states.indices.map { ("learner-\($0)", [UInt8($0)]) }
        func changed(_ learner: Int, _ bits: UInt64) -> [UInt8] {
            let state = states[learner]
            let words = state.indices.filter { state[$0].elements.isWords }
            let changes = words.map { StateChange(tensor: $0, element: 0, bits: bits).bytes }
            return [UInt8(learner)] + changes.joined()
        }
        for learner in states.indices { seeds.append(("learner-\(learner)-zeros", changed(learner, 0))) }
        seeds.append(("counted-to-the-end", changed(0, .max)))
        if let regimes = states[0].firstIndex(where: { $0.name == "conditions.regimes" }) {
            let beyond = StateChange(tensor: regimes, element: 0x8000, bits: (1e300).bitPattern)
            seeds.append(("beyond-any-place", [0] + beyond.bytes))
        }
        return seeds
    }

    private static var segments: [(name: String, bytes: [UInt8])] {
        func block(_ position: UInt64) -> JournalBlockWriter {
            var block = JournalBlockWriter()
            let boiler = block.add(stream: "boiler")
            let text = block.add(stream: "text")
            let source = block.add(source: "plc")
            block.begin(stream: boiler, position: position, isSymbols: false, channels: ["temp", "flow"])
            block.sample(
                stream: boiler, position: position, time: 1_763_935_199.125, sequence: 300, source: source,
                values: [20.5, .nan].span)
            block.learning(stream: boiler, position: position + 1, isLearning: false)
            block.begin(stream: text, position: 0, isSymbols: true, channels: ["symbol"])
            block.symbol(stream: text, position: 0, sequence: nil, source: nil, symbol: 97)
            block.reset(stream: text, position: 1)
            return block
        }
        var beyond = JournalBlockWriter()
        beyond.reset(stream: beyond.add(stream: "boiler"), position: JournalFormat.positionEnd)
        var (first, second) = (block(0), block(1 << 40))
        var segment = JournalFormat.header(of: 1)
        let payload = Array(first.bytes.dropFirst(JournalFormat.blockHeaderBytes))
        first.seal(segment: 1, offset: segment.count)
        segment += first.bytes
        second.seal(segment: 1, offset: segment.count)
        segment += second.bytes
        return [
            ("payload", payload), ("head", JournalFormat.header(of: 7)), ("two-blocks", segment),
            ("torn", segment.dropLast(9)),
            ("position-beyond-the-end", Array(beyond.bytes.dropFirst(JournalFormat.blockHeaderBytes))),
        ]
    }
}

extension StateTensor.Elements {
    /// Whether they are whole numbers.
    fileprivate var isWords: Bool { if case .uint64 = self { true } else { false } }
}
