/// The layouts of one connection. A layout keeps its place for good.
struct LayoutTable: Sendable {
    private(set) var layouts: [SampleLayout] = []
    private var places: [SampleLayout: Int] = [:]
    private var streams: Set<String?> = []
    private var channelCount = 0
    private let limits: ParserLimits
    /// So that wide layouts cannot be many: 64 channels for each layout.
    private var maxChannelsInAll: Int { max(limits.maxLayouts * 64, limits.maxChannels) }

    init(limits: ParserLimits) {
        self.limits = limits
    }

    /// The place of a layout, which is added when it is new.
    ///
    /// - Throws: ``LineError`` when the layout cannot be, or when there is no room for it.
    mutating func place(of layout: SampleLayout) throws(LineError) -> Int {
        if let place = places[layout] { return place }
        try check(layout)
        if layouts.count >= limits.maxLayouts || channelCount + layout.channels.count > maxChannelsInAll {
            let message =
                "the connection has used \(layouts.count) sets of channels already; no more are taken"
            throw LineError(streams.contains(layout.stream) ? .unknownChannel : .tooManyStreams, message)
        }
        channelCount += layout.channels.count
        let place = layouts.count
        layouts.append(layout)
        places[layout] = place
        streams.insert(layout.stream)
        return place
    }

    private func check(_ layout: SampleLayout) throws(LineError) {
        if let stream = layout.stream {
            if stream.isEmpty { throw LineError(.badStreamName, "the stream's name is empty") }
            if stream.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
                throw LineError(.badStreamName, "the stream's name has a control character in it")
            }
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
