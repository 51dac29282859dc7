import Glibc
import NoBackTrackSystem
import NoBackTrackTestSupport
import Testing

@Suite struct StandardInputTests {
    private static func makePipe() -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0)
        return (ends[0], ends[1])
    }

    @Test func `bytes arrive as they are written and then the end`() throws {
        let (reader, writer) = Self.makePipe()
        defer { close(reader) }
        let input = try StandardInput(descriptor: reader)
        #expect(input.kind == .pipe)
        var buffer = [UInt8](repeating: 0, count: 4)
        #expect(write(writer, "abcdef", 6) == 6)
        close(writer)
        #expect(try input.read(into: &buffer) == 4)
        #expect(buffer == Array("abcd".utf8))
        #expect(try input.read(into: &buffer) == 2)
        #expect(buffer.prefix(2) == Array("ef".utf8)[...])
        #expect(try input.read(into: &buffer) == 0)
        #expect(!input.isCancelled)
    }

    @Test(arguments: 0..<50)
    func `cancelling ends a read, whether it has begun or not`(round: Int) async throws {
        let (reader, writer) = Self.makePipe()
        defer {
            close(reader)
            close(writer)
        }
        let input = try StandardInput(descriptor: reader)
        async let count = onThread {
            var buffer = [UInt8](repeating: 0, count: 16)
            return try? input.read(into: &buffer)
        }
        for _ in 0..<round * 10 { sched_yield() }
        input.cancel()
        input.cancel()
        #expect(await count == 0)
        #expect(input.isCancelled)
    }

    @Test func `after a cancel not even waiting bytes are read`() throws {
        let (reader, writer) = Self.makePipe()
        defer {
            close(reader)
            close(writer)
        }
        let input = try StandardInput(descriptor: reader)
        #expect(write(writer, "x", 1) == 1)
        input.cancel()
        var buffer: [UInt8] = [0]
        #expect(try input.read(into: &buffer) == 0)
        #expect(buffer == [0])
    }

    @Test func `flags of a shared descriptor stay, and a non-blocking one is waited for`() async throws {
        for flags in [0, O_NONBLOCK] {
            let (reader, writer) = Self.makePipe()
            defer { close(reader) }
            #expect(fcntl(reader, F_SETFL, flags) == 0)
            let input = try StandardInput(descriptor: reader)
            async let first = onThread {
                var buffer: [UInt8] = [0]
                return (try? input.read(into: &buffer)) == 1 ? buffer[0] : nil
            }
            #expect(write(writer, "x", 1) == 1)
            #expect(await first == UInt8(ascii: "x"))
            #expect(fcntl(reader, F_GETFL) & O_NONBLOCK == flags)
            close(writer)
        }
    }

    @Test func `a failing read is an error`() throws {
        let input = try StandardInput(descriptor: open("/", O_RDONLY))
        #expect(input.kind == .none)
        var buffer: [UInt8] = [0]
        let error = #expect(throws: SystemError.self) { try input.read(into: &buffer) }
        #expect(error?.code == EISDIR)
    }

    @Test func `each kind of descriptor is known for what it is`() throws {
        let directory = try TemporaryDirectory()
        try DurableFile.replace(directory.file("file"), contents: [])
        var pair: [Int32] = [-1, -1]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        // What unlockpt and ptsname do, which glibc does not show to Swift: TIOCSPTLCK and TIOCGPTN.
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var number: Int32 = 0
        #expect(ioctl(terminal, 0x4004_5431, &number) == 0)
        #expect(ioctl(terminal, 0x8004_5430, &number) == 0)
        let cases: [(Int32, StandardInput.Kind, Bool)] = [
            (open(directory.file("file"), O_RDONLY), .file, true),
            (pair[0], .socket, true),
            (open("/dev/zero", O_RDONLY), .device, true),
            (open("/dev/pts/\(number)", O_RDWR | O_NOCTTY), .terminal, false),
            (open("/dev/null", O_RDONLY), .none, false),
            (open(directory.path, O_RDONLY), .none, false),
        ]
        for (descriptor, kind, isSource) in cases {
            let input = try StandardInput(descriptor: descriptor)
            #expect(input.kind == kind)
            #expect(input.kind.isSource == isSource)
            close(descriptor)
        }
        close(pair[1])
        close(terminal)
        #expect(try StandardInput(descriptor: -1).kind == .none)
    }
}
