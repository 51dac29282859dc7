import NoBackTrack

/// A checkpoint is a safetensors file with these entries in its metadata:
///
///     format          nobacktrackd
///     format_version  2
///     stream, step    name of the stream, samples learned from
///     channels        JSON array of names, and targets likewise
///     time            time of the last sample, seconds since 1970; absent when samples carry none
///     configuration   JSON text
///     position        entries of the stream's journal that it has seen; 0 in version 1, which had no journal
///     sources         JSON array: a source's name, its newest sequence number, the next source's …; absent when none
///     saved_at        seconds since 1970 with six decimals, 17 characters
///     checksum        CRC-64/XZ, 16 hexadecimal digits, of this same file without saved_at and checksum
///
/// Two checkpoints of equal states therefore differ in the digits of `saved_at` only.
extension Checkpoint {
    private static let format = "nobacktrackd"

    /// The file's bytes.
    package func encoded() -> [UInt8] {
        var metadata = [
            "format": Self.format,
            "format_version": String(Self.formatVersion),
            "stream": stream,
            "step": String(step),
            "channels": JSONText.array(channels),
            "targets": JSONText.array(targets),
            "configuration": configuration,
            "position": String(position),
        ]
        if !sources.isEmpty {
            metadata["sources"] = JSONText.array(sources.flatMap { [$0.source, String($0.sequence)] })
        }
        if let time {
            precondition(time.isFinite, "times are checked where they come in")
            metadata["time"] = time.description
        }
        var file = SafetensorsFile(metadata: metadata, tensors: tensors)
        file.metadata["checksum"] = Self.checksum(file)
        file.metadata["saved_at"] = Self.fixedWidth(seconds: savedAt)
        return file.encoded()
    }

    /// Reads a checkpoint, wherever the bytes come from.
    ///
    /// - Throws: why they are not one, or not as they were written.
    package init(decoding bytes: [UInt8]) throws(CheckpointError) {
        let file: SafetensorsFile
        do throws(SafetensorsError) { file = try SafetensorsFile(decoding: bytes) } catch {
            throw .unreadable(error)
        }
        guard file.metadata["format"] == Self.format else {
            throw .foreign("its metadata has no format \(Self.format)")
        }
        let version = file.metadata["format_version", default: "none"]
        guard let number = UInt64(version), number > 0 else {
            throw .damaged("format_version is \(version.quotedForError)")
        }
        guard number <= UInt64(Self.formatVersion) else { throw .newerFormat(version) }

        guard file.metadata["checksum"] == Self.checksum(file) else { throw .damaged("wrong checksum") }

        func entry<Value>(_ key: String, _ parse: (String) throws -> Value?) throws(CheckpointError) -> Value
        {
            guard let text = file.metadata[key], let value = (try? parse(text)) ?? nil else {
                throw .damaged(
                    "\(key) \(file.metadata[key].map { "is \($0.quotedForError)" } ?? "is missing")")
            }
            return value
        }
        stream = try entry("stream") { $0 }
        step = try entry("step") { UInt64($0) }
        channels = try entry("channels", JSONText.strings)
        targets = try entry("targets", JSONText.strings)
        configuration = try entry("configuration") { $0 }
        savedAt = try entry("saved_at") { Double($0).flatMap { $0.isFinite ? $0 : nil } }
        time =
            file.metadata["time"] == nil
            ? nil : try entry("time") { Double($0).flatMap { $0.isFinite ? $0 : nil } }
        position = number == 1 ? 0 : try entry("position", JournalFormat.position)
        sources = file.metadata["sources"] == nil ? [] : try entry("sources", Self.marks)
        tensors = file.tensors
    }

    private static func marks(_ text: String) throws -> [SourceMark]? {
        let items = try JSONText.strings(in: text)
        guard items.count % 2 == 0 else { return nil }
        var marks: [SourceMark] = []
        for place in stride(from: 0, to: items.count, by: 2) {
            guard let sequence = UInt64(items[place + 1]) else { return nil }
            marks.append(SourceMark(source: items[place], sequence: sequence))
        }
        return marks
    }

    /// The checksum of the file without the two entries that it does not cover.
    package static func checksum(_ file: SafetensorsFile) -> String {
        var covered = file
        covered.metadata["checksum"] = nil
        covered.metadata["saved_at"] = nil
        var checksum = CRC64()
        checksum.update(covered.encoded())
        return String(checksum.value, radix: 16, width: 16)
    }

    /// `1763935200.500000`; times before 1970 or from 2242 on, where a double has no microseconds and which only a broken
    /// clock gives, become the nearest that fits.
    private static func fixedWidth(seconds: Double) -> String {
        let seconds = seconds.isNaN ? 0 : min(max(seconds, 0), 8_589_934_591)
        let digits = String(UInt64((seconds * 1e6).rounded()), radix: 10, width: 16)
        return "\(digits.prefix(10)).\(digits.suffix(6))"
    }
}
