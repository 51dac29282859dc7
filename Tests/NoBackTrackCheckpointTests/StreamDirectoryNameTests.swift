import NoBackTrackCheckpoint
import NoBackTrackTestSupport
import Testing

@Suite struct StreamDirectoryNameTests {
    @Test(arguments: [
        ("boiler", "boiler"), ("boiler,site=a+b@c_1.2-3", "boiler,site=a+b@c_1.2-3"), (".", "%2E"),
        ("..", "%2E."), (".hidden", "%2Ehidden"), (".lock", "%2Elock"), ("-rf", "%2Drf"), ("a/b", "a%2Fb"),
        ("/", "%2F"), ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"), ("%2F", "%252F"), ("a b", "a%20b"),
        ("é", "%C3%A9"), ("~", "%7E"), ("a:b", "a%3Ab"), ("😀", "%F0%9F%98%80"), ("a\\b", "a%5Cb"),
    ])
    func `a name and its directory`(stream: String, directory: String) throws {
        #expect(try StreamDirectoryName.encode(stream) == directory)
        let decoded = try #require(StreamDirectoryName.decode(directory))
        #expect(decoded.utf8.elementsEqual(stream.utf8))
    }

    @Test(arguments: ["", "\0", "a\0b", "a\nb", "\u{7F}", "\u{85}", "a\u{2028}b", "\u{2029}", "\t"])
    func `names that cannot be shown in one line are refused`(stream: String) {
        #expect(throws: StreamNameError.self) { try StreamDirectoryName.encode(stream) }
    }

    @Test func `a directory's name has at most 200 bytes`() throws {
        #expect(try StreamDirectoryName.encode(String(repeating: "a", count: 200)).utf8.count == 200)
        #expect(throws: StreamNameError.tooLong(201)) {
            try StreamDirectoryName.encode(String(repeating: "a", count: 201))
        }
        #expect(throws: StreamNameError.tooLong(201)) {
            try StreamDirectoryName.encode(String(repeating: "/", count: 67))
        }
    }

    @Test(arguments: [
        "", ".", "..", ".lock", ".removed-a", "-a", "a b", "a/b", "%", "%2", "%2f", "%41", "a%", "%GG", "%+1",
        "%2E%2E", "%FF", "%00", "é", "a\nb",
    ])
    func `what encode does not write stands for no stream`(directory: String) {
        #expect(StreamDirectoryName.decode(directory) == nil)
    }

    /// Names of the characters that matter most, all of up to four.
    @Test func `different names have different directories, all of them harmless`() throws {
        let alphabet = [".", "-", "/", "%", "2", "E", "a", " "]
        var names = [""]
        var seen: Set<String> = []
        for _ in 1...4 {
            names = names.flatMap { name in alphabet.map { name + $0 } }
            for name in names {
                let directory = try StreamDirectoryName.encode(name)
                #expect(seen.insert(directory).inserted)
                #expect(!directory.isEmpty && !directory.contains("/"))
                #expect(!directory.hasPrefix(".") && !directory.hasPrefix("-"))
                #expect(StreamDirectoryName.decode(directory) == name)
            }
        }
    }

    @Test(arguments: UInt64(0)..<4)
    func `names of arbitrary characters come back`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<1_000 {
            let scalars = (0..<Int.random(in: 1...12, using: &generator)).compactMap { _ -> Unicode.Scalar? in
                // Few bits as often as many: all lengths of UTF-8 occur.
                let shift = UInt32.random(in: 0...16, using: &generator)
                return Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &generator) >> shift)
            }
            let name = String(String.UnicodeScalarView(scalars))
            guard let directory = try? StreamDirectoryName.encode(name) else { continue }
            #expect(directory.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") })
            let decoded = try #require(StreamDirectoryName.decode(directory), "seed \(seed)")
            #expect(decoded.utf8.elementsEqual(name.utf8), "seed \(seed)")
        }
    }
}
