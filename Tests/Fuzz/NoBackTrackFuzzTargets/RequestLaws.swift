import NoBackTrackWire

/// Any bytes are requests or are refused, and what is repeated in an answer is one line.
enum RequestLaws {
    /// Reads the input's lines as requests, at once and in pieces.
    static func hold(for input: [UInt8]) throws(BrokenLaw) {
        let pieces = Pieces(of: input)
        let maxLineBytes = pieces.hasTightLimits ? 64 : 65_536
        var splitter = LineSplitter(maxLineBytes: maxLineBytes)
        var lines = splitter.consume(pieces.whole.span)
        if let last = splitter.finish() { lines.append(last) }

        var cut = LineSplitter(maxLineBytes: maxLineBytes)
        var joined: [LineSplitter.Line] = []
        pieces.forEach { joined += cut.consume($0.span) }
        if let last = cut.finish() { joined.append(last) }
        try BrokenLaw.unless(joined == lines, "lines \(joined), whole \(lines)")

        for case .bytes(let line) in lines {
            guard let request = try? PredictRequest(line: line) else { continue }
            try BrokenLaw.unless(try reread(request) == request, "\(request) is read as it was written")
            let refusal = ErrorMessage(id: request.id, code: .badRequest, message: request.op)
            _ = try reread(refusal)
        }
    }

    private static func reread<Message: ControlMessage>(_ message: Message) throws(BrokenLaw) -> Message {
        var line: [UInt8] = []
        do {
            try message.appendLine(to: &line)
            try BrokenLaw.unless(
                line.firstIndex(of: UInt8(ascii: "\n")) == line.count - 1, "a message is one line")
            return try Message(line: line)
        } catch {
            throw BrokenLaw(description: "\(message) cannot be written and read: \(error)")
        }
    }
}
