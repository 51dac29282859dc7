import NIOCore
import NoBackTrackWire

/// Turns one source's bytes into learned samples and error lines.
struct SampleReader {
    /// Bytes of answers to what is read at once, above which they are left out.
    static let maxAnswerBytes = 1 << 20

    private var parser: SampleParser
    private var batch = SampleBatch()
    private let source: UInt64
    private let learning: LearningLoop
    /// Samples so far that are learned, or had been.
    private(set) var settled: UInt64 = 0
    /// Lines so far that could not be used.
    private(set) var refused: UInt64 = 0
    /// Whether a sample was not taken, so that none that follows is among the first so many that are settled.
    private var isBroken = false

    /// A reader for a new source.
    init(source: UInt64, configuration: DaemonConfiguration.Ingest, learning: LearningLoop) {
        parser = SampleParser(
            format: configuration.format, frame: configuration.frame, limits: configuration.limits)
        self.source = source
        self.learning = learning
    }

    /// What another reader has to know to go on with the bytes of the same source.
    struct Continuation: Codable, Sendable {
        var parser: SampleParser.Continuation
        var settled: UInt64
        var refused: UInt64
    }

    /// What a reader needs to go on; nil when it cannot.
    var continuation: Continuation? {
        guard !isBroken, let parser = parser.continuation else { return nil }
        return Continuation(parser: parser, settled: settled, refused: refused)
    }

    /// A reader that goes on where another one has ended; nil when its bytes are to be read in another way now.
    init?(
        continuing other: Continuation, source: UInt64, configuration: DaemonConfiguration.Ingest,
        learning: LearningLoop
    ) {
        guard
            let parser = SampleParser(
                continuing: other.parser, format: configuration.format, frame: configuration.frame,
                limits: configuration.limits)
        else { return nil }
        self.parser = parser
        self.source = source
        self.learning = learning
        settled = other.settled
        refused = other.refused
    }

    /// Lines so far, whatever they held; frames, or symbols, where those are samples.
    var lineCount: UInt64 { parser.lineNumber }

    /// Learns from what the next bytes complete; returns when that is done, which is what slows down a producer
    /// that is faster than the learner.
    ///
    /// - Returns: the lines that could not be used, in their order.
    mutating func rejections(of bytes: ByteBuffer) async -> [Rejection] {
        batch.removeAll()
        parser.consume(bytes.readableBytesUInt8Span, into: &batch)
        return await learnBatch()
    }

    /// As ``rejections(of:)``, after the last byte.
    mutating func finishRejections() async -> [Rejection] {
        batch.removeAll()
        parser.finish(into: &batch)
        return await learnBatch()
    }

    /// As ``rejections(of:)``, as the lines that the producer gets.
    mutating func learn(_ bytes: ByteBuffer) async -> [UInt8] {
        Self.text(await rejections(of: bytes))
    }

    /// As ``finishRejections()``, as the lines that the producer gets.
    mutating func finish() async -> [UInt8] {
        Self.text(await finishRejections())
    }

    private mutating func learnBatch() async -> [Rejection] {
        if batch.isEmpty { return [] }
        // What follows a sample that was not taken must not be learned before it, or the missing one would pass for an
        // old one when it is sent again.
        if isBroken { return [] }
        learning.meter.received(batch.records.count)
        let (refused, untaken) = await learning.learn(batch, from: source)
        if untaken > 0 { isBroken = true }
        if !isBroken {
            settled += UInt64(batch.records.count - refused.count)
            self.refused += UInt64(refused.count + batch.rejections.count)
        }
        let rejections = batch.rejections
        // They are not to wait here for the next bytes, which may never come.
        batch.rejections = []
        if refused.isEmpty { return rejections }
        return (rejections + refused).sorted { $0.line < $1.line }
    }

    /// The answers, one for each, until there are too many: who sends lines of a byte could have the daemon keep a hundred
    /// for each of them. The last answer says how many are left out then.
    private static func text(_ rejections: [Rejection]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (place, rejection) in rejections.enumerated() {
            let left = rejections.count - place - 1
            if left > 0, bytes.count >= maxAnswerBytes {
                var summary = rejection
                summary.message +=
                    "; \(left) more up to line \(rejections[rejections.count - 1].line) cannot be used either"
                summary.appendErrorLine(to: &bytes)
                return bytes
            }
            rejection.appendErrorLine(to: &bytes)
        }
        return bytes
    }
}
