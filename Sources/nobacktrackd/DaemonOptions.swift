import ArgumentParser
import Configuration

/// The options that are configuration keys.
struct DaemonOptions: ParsableArguments {
    @Option(help: "YAML file; every key has a default.")
    var config: String?

    @Option(help: "Unix socket for samples.")
    var ingestSocket: String?

    @Option(help: "Unix socket for forecasts.")
    var predictSocket: String?

    @Option(help: "Directory of the learners' state.")
    var stateDirectory: String?

    @Option(help: "auto, ndjson, csv, influx, f32le, f64le, symbols.")
    var format: String?

    @Option(help: "Samples ahead, such as 1,10.")
    var horizons: String?

    @Option(help: "How many channels, or their names: 8 or a,b,c; needed by f32le and f64le.")
    var channels: String?

    @Option(help: "Channels to forecast, such as a,b; all when left out.")
    var targets: String?

    @Option(help: "Bytes that are symbols, such as '01\\n'; each new byte when left out.")
    var alphabet: String?

    @Option(help: "Units of the recurrent network.")
    var hiddenUnits: Int?

    @Option(help: "nobacktrack, rtrl, uoro, snap1, bptt, frozen.")
    var estimator: String?

    @Option(help: "Independent gradient estimates that are averaged.")
    var rank: Int?

    @Option(help: "Who forecasts beside the network: all, without-network, none.")
    var experts: String?

    @Option(help: "Keys every random draw.")
    var seed: Int?

    @Option(help: "Threads that learn, each its own streams; 0: one for each processor.")
    var learningThreads: Int?

    @Option(help: "Probability that an interval holds the value.")
    var level: Double?

    @Option(help: "Seconds between checkpoints; 0: not by time.")
    var checkpointIntervalSeconds: Int?

    @Option(help: "Samples of a stream between checkpoints; 0: not by samples.")
    var checkpointIntervalSamples: Int?

    @Option(help: "Forecasts on standard output: ndjson, influx, none.")
    var print: String?

    @Option(help: "When standard input ends: exit, stay, auto.")
    var onEof: String?

    @Option(help: "When producers are told what is settled: none, learned, durable.")
    var ack: String?

    @Option(help: "trace, debug, info, notice, warning, error, critical.")
    var logLevel: String?

    /// The options that were given, by the path of their key.
    ///
    /// - Throws: `ValidationError` for a list that is none.
    func contents() throws -> [String: ConfigContent] {
        var contents: [String: ConfigContent] = [:]
        let texts = [
            "ingest.socketPath": ingestSocket, "predict.socketPath": predictSocket,
            "checkpoint.stateDirectory": stateDirectory, "ingest.format": format,
            "learner.alphabet": alphabet, "learner.estimator": estimator, "learner.experts": experts,
            "predict.print": print,
            "ingest.onEof": onEof, "ingest.ack": ack,
            "log.level": logLevel,
        ]
        for (path, text) in texts { contents[path] = text.map { .string($0) } }
        let numbers = [
            "learner.hiddenUnits": hiddenUnits, "learner.rank": rank, "learner.seed": seed,
            "streams.learningThreads": learningThreads,
            "checkpoint.intervalSeconds": checkpointIntervalSeconds,
            "checkpoint.intervalSamples": checkpointIntervalSamples,
        ]
        for (path, number) in numbers { contents[path] = number.map { .int($0) } }
        for (path, list) in ["learner.channels": channels, "learner.targets": targets] {
            contents[path] = list.map { .stringArray($0.split(separator: ",").map(String.init)) }
        }
        contents["predict.level"] = level.map { .double($0) }
        if let horizons {
            let items = horizons.split(separator: ",", omittingEmptySubsequences: false)
            contents["learner.horizons"] = .intArray(
                try items.map { item in
                    guard let horizon = Int(item) else {
                        throw ValidationError(
                            "--horizons takes whole numbers such as 1,10, not '\(horizons)'")
                    }
                    return horizon
                })
        }
        return contents
    }
}
