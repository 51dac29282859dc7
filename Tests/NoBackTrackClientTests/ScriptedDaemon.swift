import Glibc
import NIOCore
import NIOPosix
import NoBackTrackWire

/// A real Unix-socket server that answers each request as a test says.
struct ScriptedDaemon: Sendable {
    /// What it does about a request.
    enum Reaction: Sendable {
        /// Writes these texts, each in a write of its own; newlines are the test's business.
        case write([String])
        /// Writes them in one, then closes the connection.
        case writeAndClose([String])
        /// Says nothing, now.
        case wait
    }

    /// The socket's path.
    let path: String
    /// Every line it received, in order.
    let received: AsyncStream<String>
    /// Its connections' channels, in order.
    let connections: AsyncStream<any Channel>

    /// Runs a server as long as `body` runs.
    static func run<Result>(
        reacting react: @escaping @Sendable (PredictRequest) -> Reaction,
        _ body: (ScriptedDaemon) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { directory in
            let (received, receivedContinuation) = AsyncStream.makeStream(of: String.self)
            let (connections, connectionsContinuation) = AsyncStream.makeStream(of: (any Channel).self)
            let daemon = ScriptedDaemon(
                path: "\(directory)/predict.sock", received: received, connections: connections)
            let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .childChannelInitializer { channel in
                    connectionsContinuation.yield(channel)
                    return channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            LineHandler { line, channel in
                                receivedContinuation.yield(line)
                                guard let request = try? PredictRequest(line: line.utf8) else { return }
                                Self.perform(react(request), on: channel)
                            })
                    }
                }
                .bind(unixDomainSocketPath: daemon.path).get()
            do {
                let result = try await body(daemon)
                try await server.close()
                return result
            } catch {
                try await server.close()
                throw error
            }
        }
    }

    private static func perform(_ reaction: Reaction, on channel: any Channel) {
        switch reaction {
        case .wait: break
        case .write(let texts):
            for text in texts { channel.writeAndFlush(ByteBuffer(string: text), promise: nil) }
        case .writeAndClose(let texts):
            // Closing throws away what is not written yet.
            channel.writeAndFlush(ByteBuffer(string: texts.joined())).whenComplete { _ in
                channel.close(promise: nil)
            }
        }
    }

    private final class LineHandler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private var rest: [UInt8] = []
        private let take: (String, any Channel) -> Void

        init(_ take: @escaping (String, any Channel) -> Void) {
            self.take = take
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            rest.append(contentsOf: unwrapInboundIn(data).readableBytesView)
            while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: rest[..<newline], as: UTF8.self)
                rest.removeSubrange(...newline)
                take(line, context.channel)
            }
        }
    }
}

/// Gives `body` a new directory and removes it, with the files in it, afterwards.
func withTemporaryDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    var template = Array("/tmp/nobacktrack-test.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw IOError(errnoCode: errno, reason: "mkdtemp") }
    let directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer {
        if let entries = opendir(directory) {
            while let entry = readdir(entries) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                unlink("\(directory)/\(name)")
            }
            closedir(entries)
        }
        rmdir(directory)
    }
    return try await body(directory)
}
