import Configuration
import NoBackTrack
import NoBackTrackWire

/// A configuration as the YAML text of its file.
package enum ConfigurationDocument {
    /// Every key with its value and what it means, followed by the overrides.
    package static func text(_ configuration: DaemonConfiguration) -> String {
        var lines: [String] = []
        for (section, meaning) in ConfigurationKey.sections {
            if !lines.isEmpty { lines.append("") }
            lines.append("# \(meaning)")
            lines.append("\(section):")
            for key in ConfigurationKey.all where key.components[0] == section {
                let value = value(of: key, in: configuration)
                lines.append("  \(key.components[1]): \(value)  # \(key.meaning)")
            }
            if section == "streams" { lines += overrides(configuration) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func overrides(_ configuration: DaemonConfiguration) -> [String] {
        let overrides = configuration.streams.overrides
        guard !overrides.isEmpty else {
            return [
                "  overrides: {}  # learner keys of single streams, by name: {boiler: {horizons: [1, 60]}}"
            ]
        }
        var lines = ["  overrides:"]
        for (name, stream) in overrides.sorted(by: { $0.key < $1.key }) {
            lines.append("    \(quoted(name)):")
            for key in ConfigurationKey.learnerNames {
                lines.append("      \(key): \(value(of: key, stream))")
            }
        }
        return lines
    }

    /// A key's value as the file has it.
    static func value(of key: ConfigurationKey, in configuration: DaemonConfiguration) -> String {
        let ingest = configuration.ingest
        let predict = configuration.predict
        return switch key.path {
        case "ingest.socketPath": quoted(ingest.socketPath)
        case "ingest.format": ingest.format.rawValue
        case "ingest.onEof": ingest.onEof.rawValue
        case "ingest.maxLineBytes": "\(ingest.maxLineBytes)"
        case "ingest.maxChannels": "\(ingest.maxChannels)"
        case "ingest.ack": ingest.ack.rawValue
        case "ingest.maxSources": "\(ingest.maxSources)"
        case "ingest.maxConnections": "\(ingest.maxConnections)"
        case "ingest.idleSeconds": "\(ingest.idleSeconds)"
        case "predict.socketPath": quoted(predict.socketPath)
        case "predict.level": "\(predict.level)"
        case "predict.print": predict.print.rawValue
        case "predict.subscriberQueueEvents": "\(predict.subscriberQueueEvents)"
        case "predict.subscriberQueueBytes": "\(predict.subscriberQueueBytes)"
        case "predict.maxConnections": "\(predict.maxConnections)"
        case "predict.idleSeconds": "\(predict.idleSeconds)"
        case "predict.maxRequestsPerSecond": "\(predict.maxRequestsPerSecond)"
        case "predict.controlGroup": quoted(predict.controlGroup)
        case "streams.max": "\(configuration.streams.max)"
        case "streams.maxStored": "\(configuration.streams.maxStored)"
        case "streams.maxMemoryBytes": "\(configuration.streams.maxMemoryBytes)"
        case "streams.idleSeconds": "\(configuration.streams.idleSeconds)"
        case "streams.learningThreads": "\(configuration.streams.learningThreads)"
        case "streams.defaultName": quoted(configuration.streams.defaultName)
        case "checkpoint.stateDirectory": quoted(configuration.checkpoint.stateDirectory)
        case "checkpoint.intervalSeconds": "\(configuration.checkpoint.intervalSeconds)"
        case "checkpoint.intervalSamples": "\(configuration.checkpoint.intervalSamples)"
        case "checkpoint.onStorageFailure": configuration.checkpoint.onStorageFailure.rawValue
        case "journal.enabled": "\(configuration.journal.enabled)"
        case "journal.syncIntervalMilliseconds": "\(configuration.journal.syncIntervalMilliseconds)"
        case "journal.maxBytes": "\(configuration.journal.maxBytes)"
        case "metrics.maxStreams": "\(configuration.metrics.maxStreams)"
        case "log.level": configuration.logLevel.rawValue
        case "log.rateLimitBurst": "\(configuration.logRateLimit.burst)"
        case "log.rateLimitIntervalSeconds": "\(configuration.logRateLimit.intervalSeconds)"
        default: value(of: key.components[1], configuration.learner)
        }
    }

    private static func value(of name: String, _ stream: StreamConfiguration) -> String {
        let learner = stream.learner
        switch name {
        case "hiddenUnits": return "\(learner.hiddenUnits)"
        case "cell": return learner.cell.rawValue
        case "estimator": return learner.estimator.rawValue
        case "truncation": return "\(learner.truncation)"
        case "optimizer": return learner.optimizer.rawValue
        case "connections": return "\(learner.connections)"
        case "metric": return learner.metric.rawValue
        case "observation": return learner.observation.rawValue
        case "scaling": return learner.scaling.rawValue
        case "priorPrecision": return "\(learner.priorPrecision)"
        case "smallestForgetting": return "\(learner.smallestForgetting)"
        case "groups": return "\(learner.groups)"
        case "stepDecay": return "\(learner.stepDecay)"
        case "readoutLearningRate": return "\(learner.readoutLearningRate)"
        case "spectralRadius": return "\(learner.spectralRadius)"
        case "inputScale": return "\(learner.inputScale)"
        case "rank": return "\(learner.rank)"
        case "horizons": return list(learner.horizons.map(String.init))
        case "lags": return "\(learner.lags)"
        case "forgettingFactor": return "\(learner.forgettingFactor)"
        case "learningRate": return learner.learningRate.map { "\($0)" } ?? "auto"
        case "slowestLeak": return "\(learner.slowestLeak)"
        case "experts": return learner.experts.rawValue
        case "longestSeason": return "\(learner.longestSeason)"
        case "seed": return "\(learner.seed)"
        case "alphabet": return quoted(SymbolText.escape(stream.alphabet))
        case "maxSymbols": return "\(learner.maxSymbols)"
        case "targets": return list(stream.targets.map(quoted))
        case "channels":
            switch stream.channels {
            case .found: return "[]"
            case .count(let count): return "[\(count)]"
            case .named(let names): return list(names.map(quoted))
            }
        default: preconditionFailure("key \(name) is not rendered")
        }
    }

    private static func list(_ items: [String]) -> String { "[\(items.joined(separator: ", "))]" }

    /// Text as a YAML double-quoted scalar.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\x" + String(repeating: "0", count: 2 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
