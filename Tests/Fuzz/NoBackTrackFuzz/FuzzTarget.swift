import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackWire

/// What reads bytes that come from outside.
enum FuzzTarget: String, CaseIterable {
    case auto, ndjson, csv, influx, f32le, f64le, symbols
    case query, checkpoint, safetensors, state, journal, block

    /// Takes an input apart. A crash, or a broken promise, ends the process.
    func run(_ bytes: [UInt8]) {
        switch self {
        case .auto, .ndjson, .csv, .influx, .f32le, .f64le, .symbols: readSamples(bytes)
        case .query: readQuery(bytes)
        case .checkpoint: _ = try? Checkpoint(decoding: bytes)
        case .safetensors: readCheckedCheckpoint(bytes)
        case .state: restore(bytes)
        case .journal: readSegment(bytes)
        case .block: check(JournalBlock(decoding: bytes.span))
        }
    }
}

// MARK: - Samples

extension FuzzTarget {
    private func readSamples(_ bytes: [UInt8]) {
        guard let format = SampleFormat(rawValue: rawValue) else { return }
        let whole = parse(bytes, format, pieces: [])
        // The first bytes say how it comes in pieces.
        let cut = parse(bytes, format, pieces: bytes.prefix(8).map { Int($0 % 32) + 1 })
        precondition(whole.layouts == cut.layouts, "layouts depend on the pieces")
        precondition(whole.records == cut.records, "records depend on the pieces")
        precondition(
            whole.values.map(\.bitPattern) == cut.values.map(\.bitPattern), "values depend on the pieces")
        precondition(whole.rejections == cut.rejections, "rejections depend on the pieces")
        for value in whole.values { precondition(!value.isInfinite, "an infinite value") }
        var line: UInt64 = 0
        for record in whole.records {
            precondition(record.line >= line, "lines are not in their order")
            line = record.line
            precondition(
                whole.valueRange(of: record).upperBound <= whole.values.count, "values beyond the end")
            precondition(record.time?.isFinite ?? true, "a time that is none")
        }
    }

    private func parse(_ bytes: [UInt8], _ format: SampleFormat, pieces: [Int]) -> SampleBatch {
        var parser = SampleParser(
            format: format, frame: format.isRaw ? SampleLayout(stream: nil, positions: 3) : nil,
            limits: ParserLimits(maxLineBytes: 256, maxChannels: 16, maxLayouts: 8, maxLayoutBytes: 1024))
        var batch = SampleBatch()
        var start = 0
        var number = 0
        while start < bytes.count {
            let size = pieces.isEmpty ? bytes.count : pieces[number % pieces.count]
            let end = min(start + size, bytes.count)
            parser.consume(bytes.span.extracting(start..<end), into: &batch)
            start = end
            number += 1
        }
        parser.finish(into: &batch)
        return batch
    }

    private func readQuery(_ bytes: [UInt8]) {
        var splitter = LineSplitter(maxLineBytes: 1024)
        var lines = splitter.consume(bytes.span)
        if let last = splitter.finish() { lines.append(last) }
        for case .bytes(let line) in lines {
            guard let request = try? PredictRequest(line: line) else { continue }
            var again: [UInt8] = []
            // What was understood can be said.
            guard (try? request.appendLine(to: &again)) != nil else {
                preconditionFailure("a request that cannot be written")
            }
        }
    }
}

// MARK: - State

extension FuzzTarget {
    /// As it would be with the right checksum, so that what lies behind it is reached.
    private func readCheckedCheckpoint(_ bytes: [UInt8]) {
        guard var file = try? SafetensorsFile(decoding: bytes) else { return }
        file.metadata["checksum"] = Checkpoint.checksum(file)
        guard let checkpoint = try? Checkpoint(decoding: file.encoded()) else { return }
        guard let again = try? Checkpoint(decoding: checkpoint.encoded()) else {
            preconditionFailure("a checkpoint that cannot be read again")
        }
        precondition(again.encoded() == checkpoint.encoded(), "a checkpoint that changes on its way to disk")
    }

    /// Numbers in the place of those of a small learner: it refuses them or goes on.
    private func restore(_ bytes: [UInt8]) {
        var configuration = LearnerConfiguration()
        configuration.hiddenUnits = 2
        configuration.lags = 1
        configuration.horizons = [1, 3]
        configuration.longestSeason = 8
        var learner = StreamLearner(
            configuration: configuration, channelCount: 2, targets: [0, 1], streamKey: 1)
        let sample = [1.0, -1]
        for _ in 0..<4 { learner.step(sample.span) }
        var tensors = learner.state()
        guard let first = bytes.first else { return }
        let place = Int(first) % tensors.count
        overwrite(&tensors[place], with: bytes.dropFirst())
        guard (try? learner.restore(tensors)) != nil else { return }
        for _ in 0..<8 { learner.step(sample.span) }
        _ = learner.state()
    }

    private func overwrite(_ tensor: inout StateTensor, with bytes: ArraySlice<UInt8>) {
        func number(_ place: Int) -> UInt64? {
            let start = bytes.startIndex + 8 * place
            guard start + 8 <= bytes.endIndex else { return nil }
            return (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
        }
        switch tensor.elements {
        case .float32(var values):
            for place in values.indices {
                guard let bits = number(place) else { break }
                values[place] = Float(bitPattern: UInt32(truncatingIfNeeded: bits))
            }
            tensor.elements = .float32(values)
        case .float64(var values):
            for place in values.indices {
                guard let bits = number(place) else { break }
                values[place] = Double(bitPattern: bits)
            }
            tensor.elements = .float64(values)
        case .uint64(var values):
            for place in values.indices {
                guard let bits = number(place) else { break }
                values[place] = bits
            }
            tensor.elements = .uint64(values)
        }
    }

    private func readSegment(_ bytes: [UInt8]) {
        guard var reader = try? JournalSegmentReader(bytes, segment: 1) else { return }
        while let block = reader.next() { check(block) }
        _ = reader.end
    }

    private func check(_ block: JournalBlock?) {
        guard let block else { return }
        for entry in block.entries {
            precondition(block.streams.indices.contains(entry.stream), "an entry of no stream")
            precondition(entry.source.map(block.sources.indices.contains) ?? true, "a sample of no source")
            precondition(entry.time?.isFinite ?? true, "a time that is none")
            switch entry.kind {
            case .sample:
                precondition(entry.first + entry.count <= block.values.count, "values beyond the end")
            case .begin:
                precondition(entry.first + entry.count <= block.channels.count, "channels beyond the end")
            case .learning, .reset: break
            }
        }
        for value in block.values { precondition(!value.isInfinite, "an infinite value") }
    }
}
