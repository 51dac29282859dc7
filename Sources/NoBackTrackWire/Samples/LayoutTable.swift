/// The layouts of one connection. A layout keeps its place for good.
struct LayoutTable: Sendable {
    private(set) var layouts: [SampleLayout] = []
    private var places: [SampleLayout: Int] = [:]
    private var streams: Set<String?> = []
    private var channelCount = 0
    private var nameBytes = 0
    private let limits: ParserLimits
    /// Longest name of a source, in bytes: streams remember the names of theirs.
    private static let maxSourceBytes = 128
    /// So that wide layouts cannot be many: 64 channels for each layout.
    private var maxChannelsInAll: Int { max(limits.maxLayouts * 64, limits.maxChannels) }
    /// So that long names cannot be many.
    private var maxNameBytes: Int { max(limits.maxLayoutBytes, limits.maxLineBytes) }

    init(limits: ParserLimits) {
        self.limits = limits
    }

    /// The place of a layout, which is added when it is new.
    ///
    /// - Throws: ``LineError`` when the layout cannot be, or when there is no room for it.
    mutating func place(of layout: SampleLayout) throws(LineError) -> Int {
        if let place = places[layout] { return place }
        try check(layout)
        let newBytes = Self.nameBytes(of: layout)
        if layouts.count >= limits.maxLayouts || channelCount + layout.channels.count > maxChannelsInAll
            || nameBytes + newBytes > maxNameBytes
        {
            let message =
                "the connection has used \(layouts.count) sets of channels already; there is no room for this one"
            throw LineError(streams.contains(layout.stream) ? .unknownChannel : .tooManyStreams, message)
        }
        nameBytes += newBytes
        channelCount += layout.channels.count
        let place = layouts.count
        layouts.append(layout)
        places[layout] = place
        streams.insert(layout.stream)
        return place
    }

    /// How many bytes the names take that were sent: the names of places are not, and are as short as their count
    /// is bounded.
    private static func nameBytes(of layout: SampleLayout) -> Int {
        let channelBytes = layout.isPositional ? 0 : layout.channels.reduce(0) { $0 + $1.utf8.count }
        return channelBytes + (layout.stream?.utf8.count ?? 0) + (layout.source?.utf8.count ?? 0)
    }

    private static func isBidirectionalControl(_ scalar: Unicode.Scalar) -> Bool {
        (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    }

    /// Why a text cannot be a name; nil when it can.
    private static func flaw(_ name: String) -> String? {
        if name.isEmpty { return "is empty" }
        if name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            return "has a control character in it"
        }
        // They make a name look like another one wherever it is shown.
        if name.unicodeScalars.contains(where: isBidirectionalControl) {
            return "has a control of the writing direction in it"
        }
        return nil
    }

    private func check(_ layout: SampleLayout) throws(LineError) {
        if let flaw = layout.stream.flatMap(Self.flaw) {
            throw LineError(.badStreamName, "the stream's name \(flaw)")
        }
        if let flaw = layout.source.flatMap(Self.flaw) {
            throw LineError(.badSyntax, "the source's name \(flaw)")
        }
        if let bytes = layout.source?.utf8.count, bytes > Self.maxSourceBytes {
            throw LineError(
                .badSyntax,
                "the source's name is \(bytes) bytes long; at most \(Self.maxSourceBytes) are taken")
        }
        if layout.channels.isEmpty { throw LineError(.badSyntax, "the sample has no channel") }
        if layout.channels.count > limits.maxChannels {
            throw LineError(
                .wrongChannelCount,
                "the sample has \(layout.channels.count) channels; at most \(limits.maxChannels) are taken")
        }
        var names: Set<String> = []
        for name in layout.channels where !names.insert(name).inserted {
            throw LineError(.badSyntax, "\(name) occurs twice")
        }
    }
}
