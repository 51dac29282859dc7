package import Configuration
import NoBackTrack
import NoBackTrackCheckpoint
import NoBackTrackWire

/// Makes a configuration from options over environment over file over defaults.
package struct ConfigurationLoader {
    private let reader: ConfigReader

    /// Reads and checks everything.
    ///
    /// - Parameters:
    ///   - file: path of a YAML file; nil: none.
    ///   - environment: `NOBACKTRACKD_` and the key in capitals, as `NOBACKTRACKD_PREDICT_SOCKET_PATH`.
    ///   - options: by key path, as ``ConfigurationKey/path`` spells it.
    /// - Throws: ``ConfigurationError`` naming the key.
    package static func load(
        file: String?, environment: [String: String], options: [String: ConfigContent]
    ) async throws(ConfigurationError) -> DaemonConfiguration {
        var providers: [any ConfigProvider] = [memory(options)]
        providers.append(
            EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "nobacktrackd"))
        var overridden: [String] = []
        if let file {
            let contents = try await ConfigurationFile(path: file)
            overridden = contents.overriddenStreams
            if let provider = contents.provider { providers.append(provider) }
        }
        try refuseUnknown(environment, overridden: overridden)
        // With the defaults as the last provider every key has a value, so that a lookup fails only on a
        // value of the wrong type.
        providers.append(
            memory(Dictionary(uniqueKeysWithValues: ConfigurationKey.all.map { ($0.path, $0.standard) })))
        return try ConfigurationLoader(reader: ConfigReader(providers: providers))
            .configuration(overridden: overridden)
    }

    /// A typing error in a variable's name must not pass for a default. Names outside the sections are let be:
    /// a cluster sets variables such as `NOBACKTRACKD_SERVICE_HOST` for whatever is called so.
    private static func refuseUnknown(
        _ environment: [String: String], overridden: [String]
    ) throws(ConfigurationError) {
        var known = Set(ConfigurationKey.all.map { variable($0.components) })
        for stream in overridden {
            for name in ConfigurationKey.learnerNames {
                known.insert(variable(["streams", "overrides", stream, name]))
            }
        }
        let sections = ConfigurationKey.sections.map { variable([$0.name]) + "_" }
        for name in environment.keys.sorted() where !known.contains(name) {
            guard sections.contains(where: name.hasPrefix) else { continue }
            throw ConfigurationError(
                key: name, reason: "is the variable of no key; nobacktrackd --check-config lists the keys")
        }
    }

    /// The environment variable of a key: `learner.hiddenUnits` is `NOBACKTRACKD_LEARNER_HIDDEN_UNITS`.
    static func variable(_ components: [String]) -> String {
        var name = "NOBACKTRACKD"
        for component in components {
            name += "_"
            for character in component {
                if character.isUppercase { name += "_" }
                name +=
                    character.isASCII && (character.isLetter || character.isNumber)
                    ? character.uppercased() : "_"
            }
        }
        return name
    }

    /// A name that samples may go to.
    private static func check(streamName name: String, key: String) throws(ConfigurationError) {
        do throws(StreamNameError) { _ = try StreamDirectoryName.encode(name) } catch {
            throw ConfigurationError(key: key, reason: "\(error)")
        }
    }

    private static func memory(_ values: [String: ConfigContent]) -> InMemoryProvider {
        var contents: [AbsoluteConfigKey: ConfigValue] = [:]
        for (path, content) in values {
            let components = path.split(separator: ".").map(String.init)
            contents[AbsoluteConfigKey(components)] = ConfigValue(content, isSecret: false)
        }
        return InMemoryProvider(values: contents)
    }

    private func configuration(overridden: [String]) throws(ConfigurationError) -> DaemonConfiguration {
        var result = DaemonConfiguration()
        result.ingest.socketPath = try string(["ingest", "socketPath"])
        result.ingest.format = try choice(["ingest", "format"])
        result.ingest.onEof = try choice(["ingest", "onEof"])
        result.ingest.maxLineBytes = try int(["ingest", "maxLineBytes"], in: 64...(1 << 24))
        result.ingest.maxChannels = try int(["ingest", "maxChannels"], in: 1...ParserLimits().maxChannels)
        result.ingest.maxConnections = try int(["ingest", "maxConnections"], in: 1...65_536)
        result.ingest.idleSeconds = try int(["ingest", "idleSeconds"], in: 1...86_400)
        result.predict.socketPath = try string(["predict", "socketPath"])
        result.predict.level = try double(["predict", "level"])
        guard result.predict.level > 0, result.predict.level < 1 else {
            throw ConfigurationError(
                key: "predict.level", reason: "\(result.predict.level) is not between 0 and 1")
        }
        result.predict.print = try choice(["predict", "print"])
        result.predict.subscriberQueueEvents = try int(
            ["predict", "subscriberQueueEvents"], in: 1...(1 << 20))
        result.predict.subscriberQueueBytes = try int(
            ["predict", "subscriberQueueBytes"], in: 4096...(1 << 30))
        result.predict.maxConnections = try int(["predict", "maxConnections"], in: 1...65_536)
        result.predict.idleSeconds = try int(["predict", "idleSeconds"], in: 1...86_400)
        result.predict.maxRequestsPerSecond = try int(
            ["predict", "maxRequestsPerSecond"], in: 1...1_000_000)
        result.predict.controlGroup = try string(["predict", "controlGroup"])
        do throws(DaemonFailure) { _ = try ControlRights(group: result.predict.controlGroup) } catch {
            throw ConfigurationError(
                key: "predict.controlGroup", reason: "there is no group '\(result.predict.controlGroup)'")
        }
        result.streams.max = try int(["streams", "max"], in: 1...1_000_000)
        result.streams.maxStored = try int(["streams", "maxStored"], in: 1...10_000_000)
        result.streams.maxMemoryBytes = try int(["streams", "maxMemoryBytes"], in: (1 << 20)...(1 << 40))
        result.streams.idleSeconds = try int(["streams", "idleSeconds"], in: 0...86_400)
        result.streams.learningThreads = try int(["streams", "learningThreads"], in: 0...1024)
        result.streams.defaultName = try string(["streams", "defaultName"])
        try Self.check(streamName: result.streams.defaultName, key: "streams.defaultName")
        let maxChannels = result.ingest.maxChannels
        result.learner = try stream(prefixes: [["learner"]], maxChannels: maxChannels)
        for name in overridden {
            try Self.check(streamName: name, key: "streams.overrides.\(name)")
            result.streams.overrides[name] = try stream(
                prefixes: [["streams", "overrides", name], ["learner"]], maxChannels: maxChannels)
        }
        result.ingest.frame = try frame(of: result)
        result.checkpoint.stateDirectory = try string(["checkpoint", "stateDirectory"])
        result.checkpoint.intervalSeconds = try int(["checkpoint", "intervalSeconds"], in: 0...31_536_000)
        result.checkpoint.intervalSamples = try int(["checkpoint", "intervalSamples"], in: 0...Int.max)
        result.ingest.ack = try choice(["ingest", "ack"])
        result.ingest.maxSources = try int(["ingest", "maxSources"], in: 1...4096)
        result.checkpoint.onStorageFailure = try choice(["checkpoint", "onStorageFailure"])
        result.journal.enabled = try bool(["journal", "enabled"])
        result.journal.syncIntervalMilliseconds = try int(
            ["journal", "syncIntervalMilliseconds"], in: 10...60_000)
        result.journal.maxBytes = try int(["journal", "maxBytes"], in: (1 << 20)...(1 << 40))
        guard result.journal.enabled || result.ingest.ack != .durable else {
            throw ConfigurationError(
                key: "ingest.ack", reason: "durable needs the journal; journal.enabled is false")
        }
        result.metrics.maxStreams = try int(["metrics", "maxStreams"], in: 0...10_000)
        result.logLevel = try choice(["log", "level"])
        result.logRateLimit.burst = try int(["log", "rateLimitBurst"], in: 0...1_000_000)
        result.logRateLimit.intervalSeconds = try int(["log", "rateLimitIntervalSeconds"], in: 1...86_400)
        return result
    }

    /// What raw frames hold, which go to the stream of samples without a name; nil when the format is not raw.
    private func frame(of configuration: DaemonConfiguration) throws(ConfigurationError) -> SampleLayout? {
        guard configuration.ingest.format.isRaw else { return nil }
        let name = configuration.streams.defaultName
        let own = ["streams", "overrides", name, "channels"]
        let key = (isSet(own) ? own : ["learner", "channels"]).joined(separator: ".")
        let layout: SampleLayout
        switch configuration.stream(named: name).channels {
        case .found:
            throw ConfigurationError(
                key: key,
                reason: """
                    frames of \(configuration.ingest.format.rawValue) do not say what they hold: give the number of \
                    channels, or their names (--channels 8 or a,b,c)
                    """)
        case .count(let count): layout = SampleLayout(stream: nil, positions: count)
        case .named(let names): layout = SampleLayout(stream: nil, channels: names)
        }
        return layout
    }

    /// A stream's keys, each from the first prefix that has it.
    ///
    /// - Parameter maxChannels: more than these no sample can bring.
    private func stream(
        prefixes: [[String]], maxChannels: Int
    ) throws(ConfigurationError) -> StreamConfiguration {
        func key(_ name: String) -> [String] {
            for prefix in prefixes.dropLast() where isSet(prefix + [name]) { return prefix + [name] }
            return prefixes[prefixes.count - 1] + [name]
        }
        var result = StreamConfiguration()
        result.learner.hiddenUnits = try int(key("hiddenUnits"), in: Int.min...Int.max)
        result.learner.cell = try choice(key("cell"))
        result.learner.estimator = try choice(key("estimator"))
        result.learner.truncation = try int(key("truncation"), in: Int.min...Int.max)
        result.learner.optimizer = try choice(key("optimizer"))
        result.learner.metric = try choice(key("metric"))
        result.learner.observation = try choice(key("observation"))
        result.learner.scaling = try choice(key("scaling"))
        result.learner.priorPrecision = try double(key("priorPrecision"))
        result.learner.smallestForgetting = try double(key("smallestForgetting"))
        result.learner.connections = try int(key("connections"), in: Int.min...Int.max)
        result.learner.groups = try int(key("groups"), in: Int.min...Int.max)
        result.learner.stepDecay = try double(key("stepDecay"))
        result.learner.readoutLearningRate = try double(key("readoutLearningRate"))
        result.learner.spectralRadius = try double(key("spectralRadius"))
        result.learner.inputScale = try double(key("inputScale"))
        result.learner.rank = try int(key("rank"), in: Int.min...Int.max)
        result.learner.horizons = try ints(key("horizons"))
        result.learner.lags = try int(key("lags"), in: Int.min...Int.max)
        result.learner.forgettingFactor = try double(key("forgettingFactor"))
        result.learner.learningRate = try doubleOrAuto(key("learningRate"))
        result.learner.slowestLeak = try double(key("slowestLeak"))
        result.learner.experts = try choice(key("experts"))
        result.learner.longestSeason = try int(key("longestSeason"), in: Int.min...Int.max)
        result.learner.seed = UInt64(try int(key("seed"), in: 0...Int.max))
        result.targets = try strings(key("targets"))
        result.channels = try Self.channels(
            strings(key("channels")), key: key("channels"), maxChannels: maxChannels)
        result.alphabet = try Self.alphabet(string(key("alphabet")), key: key("alphabet"))
        result.learner.maxSymbols = try int(key("maxSymbols"), in: Int.min...Int.max)
        do throws(LearnerConfigurationError) { try result.learner.validate() } catch {
            throw ConfigurationError(key: key(error.key).joined(separator: "."), reason: error.reason)
        }
        if case .named(let names) = result.channels, result.targetPlaces(in: names) == nil {
            throw ConfigurationError(
                key: key("targets").joined(separator: "."),
                reason: "\(result.targets) are not all among the channels \(names)")
        }
        guard Set(result.targets).count == result.targets.count else {
            throw ConfigurationError(
                key: key("targets").joined(separator: "."), reason: "names a channel twice")
        }
        return result
    }

    private static func alphabet(_ text: String, key: [String]) throws(ConfigurationError) -> [UInt8] {
        func wrong(_ reason: String) -> ConfigurationError {
            ConfigurationError(key: key.joined(separator: "."), reason: reason)
        }
        guard let symbols = SymbolText.unescape(text) else {
            throw wrong(#"'\#(text)' has a backslash that is none of \n \t \r \\ \xNN"#)
        }
        guard symbols.isEmpty || (2...256).contains(symbols.count) else {
            throw wrong("\(symbols.count) symbols; an alphabet has 2…256")
        }
        var seen: Set<UInt8> = []
        for symbol in symbols where !seen.insert(symbol).inserted {
            throw wrong("has '\(SymbolText.escape(symbol))' twice")
        }
        return symbols
    }

    private static func channels(
        _ items: [String], key: [String], maxChannels: Int
    ) throws(ConfigurationError) -> StreamConfiguration.Channels {
        func wrong(_ reason: String) -> ConfigurationError {
            ConfigurationError(key: key.joined(separator: "."), reason: reason)
        }
        if items.isEmpty { return .found }
        let number = items.count == 1 ? Int(items[0]) : nil
        let count = number ?? items.count
        guard count >= 1 else { throw wrong("\(count) channels; a stream has at least one") }
        guard count <= maxChannels else {
            throw wrong("\(count) channels; ingest.maxChannels allows \(maxChannels)")
        }
        if number != nil { return .count(count) }
        guard Set(items).count == items.count else { throw wrong("names a channel twice") }
        return .named(items)
    }
}

extension ConfigurationLoader {
    private func isSet(_ key: [String]) -> Bool {
        // A key of another type than asked for is still set: each of the two kinds finds one of the shapes.
        reader.string(forKey: ConfigKey(key)) != nil || reader.stringArray(forKey: ConfigKey(key)) != nil
    }

    private func string(_ key: [String]) throws(ConfigurationError) -> String {
        do { return try reader.requiredString(forKey: ConfigKey(key)) } catch { throw wrong(key, "text") }
    }

    private func int(_ key: [String], in range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
        let value: Int
        do { value = try reader.requiredInt(forKey: ConfigKey(key)) } catch {
            throw wrong(key, "a whole number")
        }
        guard range.contains(value) else {
            throw ConfigurationError(
                key: key.joined(separator: "."),
                reason: "\(value) is not in \(range.lowerBound)…\(range.upperBound)")
        }
        return value
    }

    private func bool(_ key: [String]) throws(ConfigurationError) -> Bool {
        do { return try reader.requiredBool(forKey: ConfigKey(key)) } catch {
            throw wrong(key, "true or false")
        }
    }

    private func double(_ key: [String]) throws(ConfigurationError) -> Double {
        do { return try reader.requiredDouble(forKey: ConfigKey(key)) } catch { throw wrong(key, "a number") }
    }

    /// A number, or nil for `auto`.
    private func doubleOrAuto(_ key: [String]) throws(ConfigurationError) -> Double? {
        do throws(ConfigurationError) { return try double(key) } catch {
            guard let text = try? string(key), text == "auto" else {
                throw wrong(key, "a number, and not auto")
            }
            return nil
        }
    }

    private func ints(_ key: [String]) throws(ConfigurationError) -> [Int] {
        do { return try reader.requiredIntArray(forKey: ConfigKey(key)) } catch {
            throw wrong(key, "a list of whole numbers, such as [1, 10]")
        }
    }

    /// A list, or one item without brackets.
    private func strings(_ key: [String]) throws(ConfigurationError) -> [String] {
        let items: [String]
        do { items = try reader.requiredStringArray(forKey: ConfigKey(key)) } catch {
            items = try string(key).split(separator: ",").map(String.init)
        }
        return items.filter { !$0.isEmpty }
    }

    private func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: [String]
    ) throws(ConfigurationError) -> Choice {
        let text = try string(key)
        guard let choice = Choice(rawValue: text) else {
            let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError(
                key: key.joined(separator: "."), reason: "'\(text)' is none of \(choices)")
        }
        return choice
    }

    private func wrong(_ key: [String], _ wanted: String) -> ConfigurationError {
        ConfigurationError(key: key.joined(separator: "."), reason: "is not \(wanted)")
    }
}
