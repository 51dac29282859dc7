extension LineDraft {
    /// The layout that the names on the line make.
    ///
    /// - Parameters:
    ///   - line: The line that was read into the draft.
    ///   - count: How many values it has.
    /// - Throws: ``LineError`` when a name cannot be one.
    func layout(of line: Span<UInt8>, _ syntax: LineSyntax, count: Int) throws(LineError) -> SampleLayout {
        switch syntax {
        case .json:
            if channels.isEmpty && line.firstVisibleByte == UInt8(ascii: "[") {
                return SampleLayout(stream: nil, positions: count)
            }
            var (name, producer): (String?, String?)
            if let stream { name = try JSONString.decode(stream, in: line) }
            if let source { producer = try JSONString.decode(source, in: line) }
            var names: [String] = []
            for key in channels { names.append(try JSONString.decode(key, in: line)) }
            return SampleLayout(stream: name, source: producer, channels: names)
        case .influx:
            guard let stream, let series = InfluxSeries(line.extracting(stream)) else {
                throw LineError(.badSyntax, "expected measurement,tag=value before the fields")
            }
            if series.repeatsTag { throw LineError(.badSyntax, "a tag occurs twice") }
            guard let name = series.streamName else { throw LineError(.badSyntax, "a tag is not UTF-8") }
            var names: [String] = []
            for key in channels {
                let bytes = InfluxSeries.unescape(line.extracting(key), onlySpaces: false)
                guard let text = String(validating: bytes.span) else {
                    throw LineError(.badSyntax, "a field's name is not UTF-8")
                }
                names.append(text)
            }
            return SampleLayout(stream: name, channels: names)
        }
    }
}
