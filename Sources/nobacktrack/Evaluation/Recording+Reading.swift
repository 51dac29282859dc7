import Glibc
import NoBackTrackDaemon
import NoBackTrackSystem
import NoBackTrackWire

extension Recording {
    /// How many unusable lines of a file are told one by one.
    private static let told = 10

    /// Reads a file to its end, a piece at a time, and says on standard error which of its lines could not be used.
    ///
    /// - Parameters:
    ///   - path: A file, a pipe or the like; `-`: standard input.
    ///   - variants: Not empty; they agree in how samples are read.
    /// - Throws: ``EvaluationError``; `CancellationError` when the task is cancelled.
    static func read(_ path: String, by variants: [LearnerVariant]) throws -> Recording {
        let isStandardInput = path == "-"
        let name = isStandardInput ? "standard input" : path
        var recording = Recording(name: name, variants: variants)
        let ingest = variants[0].configuration.ingest
        var parser = SampleParser(format: ingest.format, frame: ingest.frame, limits: ingest.limits)
        var batch = SampleBatch()
        var told = 0
        func take() throws {
            for rejection in try recording.take(batch) {
                told += 1
                guard told <= Self.told else { continue }
                Output.complain("\(name):\(rejection.line): \(rejection.code.rawValue): \(rejection.message)")
            }
            batch.removeAll()
        }
        do {
            try withFile(isStandardInput ? nil : path) { bytes in
                parser.consume(bytes, into: &batch)
                try take()
            }
        } catch let error as SystemError {
            throw EvaluationError.unreadable(error)
        }
        parser.finish(into: &batch)
        try take()
        if told > Self.told {
            Output.complain("\(name): \(told) lines could not be used: \(recording.rejections)")
        }
        return recording
    }

    /// How many lines could not be used.
    var rejectedCount: Int { rejected.values.reduce(0, +) }

    /// How many lines could not be used, by reason, as people read it.
    var rejections: String {
        rejected.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "\($0.key.rawValue) \($0.value)" }.joined(separator: ", ")
    }

    /// Calls `body` with one piece of the file after the other.
    private static func withFile(_ path: String?, _ body: (Span<UInt8>) throws -> Void) throws {
        let calls = LinuxFileSystem()
        let file =
            if let path {
                try calls.open(path, O_RDONLY, permissions: 0)
            } else {
                OpenFile(descriptor: STDIN_FILENO, path: "standard input")
            }
        defer { if path != nil { try? calls.close(file) } }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            // A pipe that gives nothing does not hold who wants to stop.
            var request = pollfd(fd: file.descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&request, 1, 200)
            try Task.checkCancellation()
            if ready == 0 { continue }
            guard let count = try piece(of: file, into: &buffer) else { continue }
            if count == 0 { return }
            try body(buffer.span.extracting(0..<count))
        }
    }
    /// - Returns: how many bytes came; 0 at the end of the file, nil when there is to be waited again.
    private static func piece(
        of file: OpenFile, into buffer: inout [UInt8]
    ) throws(SystemError) -> Int? {
        do throws(SystemError) { return try LinuxFileSystem().read(file, into: &buffer, from: 0) } catch {
            // EAGAIN: another reader of the same pipe was faster.
            guard error.code == EINTR || error.code == EAGAIN else { throw error }
            return nil
        }
    }
}
