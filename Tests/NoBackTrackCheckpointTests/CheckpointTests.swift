import NoBackTrack
import Testing

@testable import NoBackTrackCheckpoint

@Suite struct CheckpointTests {
    @Test func `what is written is read`() throws {
        let checkpoint = Samples.checkpoint()
        #expect(try Checkpoint(decoding: checkpoint.encoded()) == checkpoint)
        var timeless = checkpoint
        timeless.time = nil
        timeless.step = .max
        timeless.channels = []
        timeless.targets = ["", "é😀\u{0}\"\\"]
        #expect(try Checkpoint(decoding: timeless.encoded()) == timeless)
    }

    @Test func `the metadata that other programs read`() throws {
        let file = try SafetensorsFile(decoding: Samples.checkpoint().encoded())
        var metadata = file.metadata
        #expect(metadata.removeValue(forKey: "checksum")?.count == 16)
        #expect(
            metadata == [
                "format": "nobacktrackd", "format_version": "2", "stream": "boiler", "step": "7",
                "channels": #"["temp","flow \"2\"\u000a"]"#, "targets": #"["temp"]"#,
                "time": "1763935199.125", "configuration": #"{"hiddenUnits":2,"seed":1}"#,
                "saved_at": "1763935200.250000", "position": "0",
            ])
    }

    @Test func `equal states differ in the time of writing only`() throws {
        let first = Samples.checkpoint(savedAt: 1_763_935_200.25).encoded()
        let second = Samples.checkpoint(savedAt: 1_999_999_999.999999).encoded()
        let text = try #require(Self.range(of: "\"saved_at\":\"", in: first))
        let digits = text.upperBound..<text.upperBound + 17
        #expect(first.count == second.count)
        #expect(first.indices.filter { first[$0] != second[$0] }.allSatisfy(digits.contains))
        #expect(first != second)
    }

    @Test(arguments: [
        (0.0, "0000000000.000000"), (-5, "0000000000.000000"), (1.0000005, "0000000001.000001"),
        (8_589_934_590.9999, "8589934590.999900"), (176_393_500_052.2, "8589934591.000000"),
        (1e300, "8589934591.000000"), (.nan, "0000000000.000000"),
        (.infinity, "8589934591.000000"),
    ])
    func `the time of writing always has the same width`(savedAt: Double, text: String) throws {
        let file = try SafetensorsFile(decoding: Samples.checkpoint(savedAt: savedAt).encoded())
        #expect(file.metadata["saved_at"] == text)
    }

    @Test func `no flipped bit goes unnoticed but in the time of writing`() throws {
        let original = Samples.checkpoint()
        let bytes = original.encoded()
        for index in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << UInt8(bit)
                guard var read = try? Checkpoint(decoding: damaged) else { continue }
                read.savedAt = original.savedAt
                #expect(read.encoded() == bytes, "bit \(bit) of byte \(index)")
            }
        }
    }

    /// Metadata that is as somebody wrote it, checksum and all, and still makes no checkpoint.
    @Test(arguments: [
        ("step", "-1"), ("step", "7.5"), ("step", nil), ("step", "18446744073709551616"), ("stream", nil),
        ("channels", "temp"), ("channels", "[\"temp\"] x"), ("channels", "[1]"), ("targets", nil),
        ("configuration", nil), ("time", "yesterday"), ("time", "nan"), ("time", "inf"), ("saved_at", nil),
        ("position", nil), ("position", "9223372036854775808"), ("position", "18446744073709551615"),
        ("saved_at", "nan"), ("format_version", nil), ("format_version", "0"), ("format_version", "one"),
    ])
    func `metadata that makes no sense is damage`(key: String, value: String?) throws {
        let bytes = try Self.edited { $0[key] = value }
        #expect {
            try Checkpoint(decoding: bytes)
        } throws: { error in
            if case .damaged(let reason) = error as? CheckpointError { reason.hasPrefix(key) } else { false }
        }
    }

    @Test func `later formats and other people's files are told apart from damage`() throws {
        #expect(throws: CheckpointError.newerFormat("3")) {
            try Checkpoint(decoding: Self.edited { $0["format_version"] = "3" })
        }
        for format in [nil, "pt"] {
            let bytes = try Self.edited { $0["format"] = format }
            #expect {
                try Checkpoint(decoding: bytes)
            } throws: { error in
                if case .foreign = error as? CheckpointError { true } else { false }
            }
        }
        #expect(throws: CheckpointError.unreadable(.truncated(needed: 8, found: 0))) {
            try Checkpoint(decoding: [])
        }
    }

    @Test func `entries that a later version may add are no damage`() throws {
        let bytes = try Self.edited { $0["note"] = "added" }
        #expect(try Checkpoint(decoding: bytes) == Samples.checkpoint())
    }

    @Test func `what a hostile file says cannot forge a line of the log`() throws {
        let bytes = try Self.edited { $0["step"] = "1\nlevel=info all is well" }
        let error = #expect(throws: CheckpointError.self) { try Checkpoint(decoding: bytes) }
        #expect(error?.description.contains("\n") == false)
    }

    /// The bytes of a checkpoint whose metadata was changed and whose checksum fits.
    private static func edited(_ edit: (inout [String: String]) -> Void) throws -> [UInt8] {
        var file = try SafetensorsFile(decoding: Samples.checkpoint().encoded())
        edit(&file.metadata)
        file.metadata["checksum"] = Checkpoint.checksum(file)
        return file.encoded()
    }

    private static func range(of text: String, in bytes: [UInt8]) -> Range<Int>? {
        let text = Array(text.utf8)
        return bytes.indices.first { bytes[$0...].starts(with: text) }.map { $0..<$0 + text.count }
    }
}
