import Glibc
import NoBackTrack
import NoBackTrackDaemon
import NoBackTrackSystem
import Synchronization

/// All forecasts as CSV, a line each, with the value that came.
final class ForecastFile: Sendable {
    private static let columns = "file,stream,learner,seed,target,horizon,step,mean,lower,upper,value\n"
    private static let pieceBytes = 1 << 16

    private let file: OpenFile
    private let waiting: Mutex<[UInt8]>

    /// A new file in the place of one that was there.
    ///
    /// - Throws: the call that failed.
    init(_ path: String) throws(SystemError) {
        file = try LinuxFileSystem().open(path, O_WRONLY | O_CREAT | O_TRUNC, permissions: 0o666)
        waiting = Mutex(Array(Self.columns.utf8))
    }

    deinit {
        try? LinuxFileSystem().close(file)
    }

    /// Adds the forecasts made from the newest sample. An empty field stands for what there is not.
    ///
    /// - Throws: the write that failed.
    func append<Learner>(
        _ evaluation: Prequential<Learner>, recording: String, stream: Recording.Stream,
        variant: LearnerVariant
    ) throws(SystemError) {
        let prefix =
            [recording, stream.name, variant.name, "\(variant.configuration.learner.learner.seed)"]
            .map(Self.field).joined(separator: ",")
        var text = ""
        for (place, channel) in evaluation.targets.enumerated() {
            let target = Self.field(stream.channels[channel])
            for (rank, horizon) in evaluation.horizons.enumerated() {
                let forecast = evaluation.newest(head: place * evaluation.horizons.count + rank)
                let arrival = evaluation.step - 1 + horizon
                let value =
                    arrival < stream.sampleCount
                    ? stream.values[stream.range(of: arrival).lowerBound + channel] : .nan
                let numbers = [forecast.mean, forecast.lower, forecast.upper, value]
                    .map { $0.isFinite ? "\($0)" : "" }.joined(separator: ",")
                text += "\(prefix),\(target),\(horizon),\(evaluation.step),\(numbers)\n"
            }
        }
        try add(text)
    }

    /// Writes what waits.
    ///
    /// - Throws: the write that failed.
    func finish() throws(SystemError) {
        let bytes = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        try DurableFile.writeAll(bytes, to: file, using: LinuxFileSystem())
    }

    private func add(_ text: String) throws(SystemError) {
        let isMuch = waiting.withLock { waiting in
            waiting.append(contentsOf: text.utf8)
            return waiting.count >= Self.pieceBytes
        }
        if isMuch { try finish() }
    }

    /// Text as a field of CSV.
    private static func field(_ text: String) -> String {
        let isPlain = !text.contains { $0 == "," || $0 == "\"" || $0.isNewline }
        return isPlain
            ? text
            : "\""
                + text.split(separator: "\"", omittingEmptySubsequences: false)
                .joined(separator: "\"\"") + "\""
    }
}
