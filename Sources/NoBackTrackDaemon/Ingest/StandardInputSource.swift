import Logging
import NIOCore
import NIOPosix
import NoBackTrackSystem
import NoBackTrackWire
import Synchronization

/// Standard input as a source of samples.
final class StandardInputSource: IngestSource {
    /// How it ended.
    enum End: Sendable {
        case endOfInput
        case cancelled
        case failed(SystemError)
    }

    let kind: StandardInput.Kind
    private let input: StandardInput
    private let descriptor: Int32
    private let progress = InboundProgress()
    /// Whether its end was read, rather than that of our reading.
    private let hasEnded = Atomic(false)
    private let threads = NIOThreadPool(numberOfThreads: 1)
    private let logger: Logger

    /// The input on the given descriptor.
    ///
    /// - Throws: when the descriptors for waking its thread cannot be had.
    init(descriptor: Int32, logger: Logger) throws(SystemError) {
        input = try StandardInput(descriptor: descriptor)
        kind = input.kind
        self.descriptor = descriptor
        self.logger = logger
    }

    /// Reads and learns until the input ends, or until ``cancel()``.
    func run(_ reader: SampleReader) async -> End {
        defer { progress.finish() }
        threads.start()
        var reader = reader
        let end: End
        do {
            while let chunk = try await read() {
                log(await reader.rejections(of: chunk))
                progress.didProcess(chunk.readableBytes)
            }
            end = hasEnded.load(ordering: .relaxed) ? .endOfInput : .cancelled
            // When we are the ones who end it, the last line may be half a line.
            if case .endOfInput = end {
                log(await reader.finishRejections())
                progress.didProcess(1)
            }
        } catch let error as SystemError {
            end = .failed(error)
        } catch {
            // The pool has been shut down: only after `cancel()`.
            end = .cancelled
        }
        try? await threads.shutdownGracefully()
        return end
    }

    /// Ends the input from our side.
    func cancel() { input.cancel() }

    func drain() async {
        // Twice: what was being read while the first round counted is counted by the second.
        for _ in 0..<2 {
            let received = progress.received
            // Of a file everything is always there; what it still holds has not been sent to us yet.
            var waiting = kind == .file ? 0 : ListeningSocket.readableBytes(descriptor)
            // The end counts as a byte: a last line may be left to be learned.
            if kind != .file, StreamSocket.hasEnded(descriptor), !hasEnded.load(ordering: .relaxed) {
                waiting += 1
            }
            await progress.processed(upTo: received + waiting)
        }
    }

    private func read() async throws -> ByteBuffer? {
        try await threads.runIfActive { [self] in
            var bytes = [UInt8](repeating: 0, count: SocketChannels.chunkBytes)
            let count = try input.read(into: &bytes)
            if count == 0, !input.isCancelled {
                progress.didReceive(1)
                hasEnded.store(true, ordering: .relaxed)
            }
            progress.didReceive(count)
            return count == 0 ? nil : ByteBuffer(bytes: bytes[..<count])
        }
    }

    /// There is nobody to answer on standard input: the log gets the lines.
    private func log(_ rejections: [Rejection]) {
        for rejection in rejections {
            logger.log(
                .lineUnusable,
                metadata: [
                    "line": "\(rejection.line)", "code": "\(rejection.code.rawValue)",
                    "reason": "\(rejection.message)",
                ])
        }
    }
}
