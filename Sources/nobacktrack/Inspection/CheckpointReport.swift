import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackWire

/// What is worth knowing of a checkpoint.
struct CheckpointReport: Encodable {
    /// The file's path.
    var file: String
    /// The file's length.
    var bytes: Int
    /// The stream's name.
    var stream: String
    /// Samples learned from.
    var step: UInt64
    /// What the samples are.
    var kind: StreamKind
    /// The symbols in use, by place, as ``SymbolText`` writes them; nil where samples are numbers.
    var alphabet: String?
    /// All channels; none where samples are symbols.
    var channels: [String]
    /// The channels that are forecast.
    var targets: [String]
    /// When the last sample was taken, epoch seconds; nil when it did not say.
    var time: Double?
    /// When the checkpoint was written, epoch seconds.
    var savedAt: Double
    /// The learner's configuration, JSON text as in the file.
    var configuration: String
    /// Its tensors in the order of the file.
    var tensors: [TensorSummary]

    /// Describes a checkpoint that was read from a file.
    init(_ checkpoint: Checkpoint, file: String, bytes: Int) {
        self.file = file
        self.bytes = bytes
        stream = checkpoint.stream
        step = checkpoint.step
        alphabet = Self.alphabet(of: checkpoint)
        kind = alphabet == nil ? .numbers : .symbols
        channels = checkpoint.channels
        targets = checkpoint.targets
        time = checkpoint.time
        savedAt = checkpoint.savedAt
        configuration = checkpoint.configuration
        tensors = checkpoint.tensors.map(TensorSummary.init)
    }

    /// What samples consist of.
    private var contents: String {
        if let alphabet { return "symbols: \(alphabet)" }
        return """
            channels: \(channels.joined(separator: ", "))
            targets: \(targets.joined(separator: ", "))
            """
    }

    /// Reads the alphabet as a symbol learner saves it: by place the symbol and one, zero where there is none.
    private static func alphabet(of checkpoint: Checkpoint) -> String? {
        guard let tensor = checkpoint.tensors.first(where: { $0.name == "symbols" }),
            case .uint64(let places) = tensor.elements
        else { return nil }
        return SymbolText.escape(places.filter { (1...256).contains($0) }.map { UInt8($0 - 1) })
    }

    /// The report as people read it.
    ///
    /// - Parameter now: Epoch seconds of the present.
    func text(now: Double) -> String {
        let numbers = tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
        var text = """
            \(file): \(bytes) bytes, checksum right
            stream \(stream), step \(step), last sample \(TimeText.local(time, now: now)), \
            written \(TimeText.local(savedAt, now: now))
            \(contents)
            configuration: \(configuration)
            \(tensors.count) tensors, \(numbers) numbers


            """
        let notFinite = tensors.reduce(0) { $0 + $1.notFinite }
        var columns: [(heading: String, alignment: TextTable.Alignment)] = [
            ("tensor", .left), ("type", .left), ("shape", .right), ("norm", .right), ("least", .right),
            ("most", .right),
        ]
        if notFinite > 0 { columns.append(("not finite", .right)) }
        var table = TextTable(columns)
        for tensor in tensors {
            var row = [
                tensor.name, tensor.type, tensor.shape.map(String.init).joined(separator: " × "),
                NumberText.significant(tensor.norm),
            ]
            // Whole numbers without decimals.
            row += [tensor.least, tensor.most].map {
                tensor.type == "U64" ? NumberText.fixed($0, decimals: 0) : NumberText.significant($0)
            }
            if notFinite > 0 { row.append("\(tensor.notFinite)") }
            table.append(row)
        }
        text += table.text
        return text
    }
}
